package localpg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// shared is a directory that every account reaches by a short path.
const shared = "/tmp"

// durableParent holds the clusters that could not be kept in Config.Dir,
// where the account of the server has no way in. Those of temporary
// directories are temporary too.
const durableParent = "/var/lib/pgcast"

// movedLink, in Config.Dir, leads to a cluster that lies elsewhere.
const movedLink = "cluster"

// socketLink, in base, leads to a socket directory that lies elsewhere.
const socketLink = "socket-dir"

// maxSocketDir is the longest socket directory in bytes. A socket's whole path
// must fit sun_path, 104 bytes on macOS and 108 on Linux, with the file name
// "/.s.PGSQL.5432" and the closing zero.
const maxSocketDir = 104 - len("/.s.PGSQL."+port) - 1

// A place is where one server lives and as whom.
type place struct {
	account account
	base    string // without symbolic links; holds data, the log and mostly the socket
	data    string // the cluster, as in postgres -D
	socket  string // directory of the unix socket, set by openSocketDir
	log     string // what the server writes on stderr

	temporary string // directory to remove with the server, or empty
}

// makeDir makes the directory of c if absent and returns its absolute path
// without symbolic links, as the kernel reports it for processes in it.
func makeDir(c Config) (string, error) {
	if c.Dir == "" && c.Ephemeral {
		dir, err := os.MkdirTemp("", "pgcast-")
		if err != nil {
			return "", err
		}
		return filepath.EvalSymlinks(dir)
	}
	if c.Dir == "" {
		return "", errors.New("no directory given")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// settle decides where the cluster of dir lies and which account owns it.
func settle(dir string, c Config) (place, error) {
	a, err := accountFor(dir)
	if err != nil {
		return place{}, err
	}
	base := dir
	link := filepath.Join(dir, movedLink)
	_, err = os.Lstat(link)
	if moved := err == nil; moved || !a.entitled(dir) {
		temporary := c.Ephemeral || strings.HasPrefix(dir, tempDir()+"/")
		if base, err = elsewhere(link, a, temporary); err != nil {
			return place{}, fmt.Errorf("place the cluster where account %s can reach it: %w", a, err)
		}
	}
	p := place{
		account: a,
		base:    base,
		data:    filepath.Join(base, "data"),
		log:     filepath.Join(base, "postgres.log"),
	}
	if c.Dir == "" {
		p.temporary = dir
	}
	return p, nil
}

// elsewhere returns the directory that link leads to, and makes both where
// they are missing. The directory's name is random: whoever removes
// Config.Dir gets an empty cluster next time, not the old one.
func elsewhere(link string, a account, temporary bool) (string, error) {
	if target, err := os.Readlink(link); err == nil {
		if err := os.MkdirAll(target, 0o700); err != nil {
			return "", err
		}
		return target, a.own(target)
	}
	parent := durableParent
	if temporary {
		if parent = tempDir(); !a.reaches(parent) {
			parent = shared
		}
	}
	if err := os.MkdirAll(parent, 0o711); err != nil {
		return "", err
	}
	target, err := os.MkdirTemp(parent, "pgcast-")
	if err != nil {
		return "", err
	}
	note := "Postgres cluster of " + filepath.Dir(link) + "\n"
	if err := os.WriteFile(filepath.Join(target, "README"), []byte(note), 0o600); err != nil {
		return "", err
	}
	if err := a.own(target); err != nil {
		return "", err
	}
	return target, os.Symlink(target, link)
}

// tempDir is os.TempDir without symbolic links.
func tempDir() string {
	dir, err := filepath.EvalSymlinks(os.TempDir())
	if err != nil {
		return shared
	}
	return dir
}

// openSocketDir makes the directory of the socket: in base, or in /tmp under
// a random name where base is too long a path, or holds a comma, which
// connection strings take for a list.
func (p *place) openSocketDir() error {
	p.socket = filepath.Join(p.base, "socket")
	if len(p.socket) > maxSocketDir || strings.ContainsAny(p.socket, `,"`) {
		return p.openShortSocketDir()
	}
	// A lock file in there may name a process id that lives again.
	if err := os.RemoveAll(p.socket); err != nil {
		return err
	}
	if err := os.Mkdir(p.socket, 0o700); err != nil {
		return err
	}
	return p.account.own(p.socket)
}

func (p *place) openShortSocketDir() (err error) {
	p.closeSocketDir()
	if p.socket, err = os.MkdirTemp(shared, "pgcast-"); err != nil {
		return err
	}
	if err := os.Symlink(p.socket, filepath.Join(p.base, socketLink)); err != nil {
		return err
	}
	return p.account.own(p.socket)
}

// closeSocketDir removes a socket directory outside of base. It removes what
// Postgres may have left there by name: links are not to be trusted with
// more.
func (p *place) closeSocketDir() {
	link := filepath.Join(p.base, socketLink)
	dir, err := os.Readlink(link)
	if err != nil {
		return
	}
	socket := filepath.Join(dir, ".s.PGSQL."+port)
	for _, name := range []string{socket, socket + ".lock", dir, link} {
		os.Remove(name)
	}
}

// leave tidies up when the server is gone.
func (p *place) leave() {
	p.closeSocketDir()
	if p.temporary != "" {
		os.RemoveAll(p.base)
		os.RemoveAll(p.temporary)
	}
}

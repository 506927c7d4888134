package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is what the server runs as. Its zero value means the account of
// this process.
type account struct {
	name     string
	uid, gid uint32
}

func (a account) String() string { return a.name }

// other reports whether the account is not the one of this process.
func (a account) other() bool { return a.name != "" }

// accountFor picks the account for the cluster of dir: our own, unless we are
// root. Root runs an existing cluster as its owner, so that a cluster made by
// a plain user stays usable by that user, and makes a new one as "postgres".
// That account may be shared with the machine's own Postgres, whose
// superusers can then read these files; it is the one every package of
// Postgres brings.
func accountFor(dir string) (account, error) {
	for _, data := range []string{"data", movedLink + "/data"} {
		info, err := os.Stat(filepath.Join(dir, data))
		if err != nil || os.Geteuid() != 0 {
			continue
		}
		if uid, gid := owner(info); uid != 0 {
			return account{name: "uid " + strconv.Itoa(int(uid)), uid: uid, gid: gid}, nil
		}
	}
	return accountForNew()
}

func accountForNew() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if a, err := accountNamed(name); err == nil {
			return a, nil
		}
	}
	return account{}, errors.New("postgres does not run as root, and there is no account named postgres or nobody to run it as")
}

func accountNamed(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read the number of account %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read the group of account %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid)}, nil
}

// own makes path belong to the account.
func (a account) own(path string) error {
	if !a.other() {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// entitled reports whether the account can be given a place in dir, which is
// localpg's own: passing through it is granted, the way there is not.
func (a account) entitled(dir string) bool {
	if !a.other() {
		return true
	}
	if !a.reaches(filepath.Dir(dir)) {
		return false
	}
	return os.Chmod(dir, 0o711) == nil
}

// reaches reports whether the account may pass through every directory on the
// way to and including dir. It looks at mode bits only: where an access list
// would allow more, the cluster is placed elsewhere without need, and works.
func (a account) reaches(dir string) bool {
	if !a.other() {
		return true
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || !a.passes(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

func (a account) passes(info fs.FileInfo) bool {
	bit := fs.FileMode(0o001)
	switch uid, gid := owner(info); {
	case uid == a.uid:
		bit = 0o100
	case gid == a.gid:
		bit = 0o010
	}
	return info.Mode()&bit != 0
}

func owner(info fs.FileInfo) (uid, gid uint32) {
	st := info.Sys().(*syscall.Stat_t)
	return st.Uid, st.Gid
}

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// initialize makes the cluster unless there is one. It is made under another
// name and renamed when whole, so that a crash leaves all of it or nothing.
func initialize(ctx context.Context, bin string, p place, ephemeral bool) error {
	_, err := os.Stat(p.data)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh := p.data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	if err := p.account.own(fresh); err != nil {
		return err
	}
	if err := initdb(ctx, bin, fresh, p.account, ephemeral); err != nil {
		return err
	}
	if err := os.Rename(fresh, p.data); err != nil {
		return err
	}
	return syncDir(p.base)
}

// initdb costs about half a second, too little to keep a cluster to copy
// from. The locale is C, so that text sorts the same on every machine.
func initdb(ctx context.Context, bin, dir string, a account, ephemeral bool) error {
	args := []string{
		"-D", dir, "-U", "postgres", "--encoding=UTF8", "--locale=C",
		"--auth-local=trust", "--auth-host=reject", "--no-instructions",
	}
	if ephemeral {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	cmd.Dir = "/"
	cmd.Env = environment()
	cmd.SysProcAttr = toolAttr(a)
	cmd.WaitDelay = 5 * time.Second

	// The death signal in toolAttr looks at this thread; see Server.tend.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster with initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// environment is what the server's programs get to see: not the PGPORT,
// PGTZ and their like of whoever runs pgcast.
func environment() []string {
	env := []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if v, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		env = append(env, "LD_LIBRARY_PATH="+v)
	}
	return env
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An eviction tries harder and harder: a fast shutdown by the postmaster, an
// immediate end of every process, a kill.
const (
	fastPatience = 10 * time.Second
	killPatience = 6 * time.Second
	evictPoll    = 20 * time.Millisecond
)

// evict stops the server processes that an earlier, killed owner left in the
// data directory, and removes their pid file. We hold the directory, so they
// are nobody's. Removing the file matters where its process id has since been
// given to another program: Postgres would take that for a running server.
func evict(ctx context.Context, data string, log *slog.Logger) error {
	left, err := occupants(data)
	if err != nil {
		return fmt.Errorf("look for a server left behind: %w", err)
	}
	if len(left) > 0 {
		log.Warn("stopping a postgres left behind", "pids", left)
		if err := vacate(ctx, data, left); err != nil {
			return err
		}
	}
	if err := os.Remove(pidFile(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func vacate(ctx context.Context, data string, left []int) error {
	if postmaster, _ := readPIDFile(data); slices.Contains(left, postmaster) {
		send(syscall.SIGINT, postmaster)
		var err error
		if left, err = await(ctx, data, fastPatience, func(left []int) bool {
			return !slices.Contains(left, postmaster) // it goes last
		}); err != nil {
			return err
		}
	}
	none := func(left []int) bool { return len(left) == 0 }
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		send(sig, left...)
		var err error
		if left, err = await(ctx, data, killPatience, none); err != nil {
			return err
		}
	}
	if !none(left) {
		return fmt.Errorf("processes %v of a server left behind do not end", left)
	}
	return nil
}

// send ignores errors: a process that is gone is what we want, and one that
// is not ours shows when it stays.
func send(sig syscall.Signal, pids ...int) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, sig)
	}
}

// await returns the server processes left in data, as soon as they are to the
// caller's liking or patience is at its end.
func await(ctx context.Context, data string, patience time.Duration, enough func(left []int) bool) ([]int, error) {
	end := time.NewTimer(patience)
	defer end.Stop()
	tick := time.NewTicker(evictPoll)
	defer tick.Stop()
	for {
		left, err := occupants(data)
		if err != nil || enough(left) {
			return left, err
		}
		select {
		case <-tick.C:
		case <-end.C:
			return left, nil
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for a server left behind to end: %w", context.Cause(ctx))
		}
	}
}

// readPIDFile returns the first line of the postmaster's pid file, and the
// last, which is "starting", "stopping" or "ready". It returns 0 where there
// is no file, or half of one.
func readPIDFile(data string) (pid int, status string) {
	b, err := os.ReadFile(pidFile(data))
	if err != nil {
		return 0, ""
	}
	return parsePIDFile(string(b))
}

// parsePIDFile knows the eight lines that miscadmin.h of Postgres documents:
// pid, data directory, start time, port, socket directory, listen address,
// shared memory key, status.
func parsePIDFile(s string) (pid int, status string) {
	const statusLine = 7
	lines := strings.Split(s, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return 0, ""
	}
	if len(lines) > statusLine {
		status = strings.TrimSpace(lines[statusLine])
	}
	return pid, status
}

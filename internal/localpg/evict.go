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
	quitPatience = 6 * time.Second
	killPatience = 10 * time.Second
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
		if err := clear(ctx, data, left); err != nil {
			return err
		}
	}
	if err := os.Remove(pidFile(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func clear(ctx context.Context, data string, left []int) error {
	if postmaster, _ := readPIDFile(data); slices.Contains(left, postmaster) {
		send(syscall.SIGINT, postmaster)
		if gone, err := vacated(ctx, data, fastPatience); gone || err != nil {
			return err
		}
	}
	send(syscall.SIGQUIT, left...)
	if gone, err := vacated(ctx, data, quitPatience); gone || err != nil {
		return err
	}
	left, err := occupants(data)
	if err != nil {
		return err
	}
	send(syscall.SIGKILL, left...)
	if gone, err := vacated(ctx, data, killPatience); gone || err != nil {
		return err
	}
	return fmt.Errorf("processes %v of a server left behind do not end", left)
}

// send ignores errors: a process that is gone is what we want, and one that
// is not ours shows when it stays.
func send(sig syscall.Signal, pids ...int) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, sig)
	}
}

// vacated waits until no server process is left in data.
func vacated(ctx context.Context, data string, patience time.Duration) (bool, error) {
	end := time.NewTimer(patience)
	defer end.Stop()
	tick := time.NewTicker(evictPoll)
	defer tick.Stop()
	for {
		left, err := occupants(data)
		if err != nil || len(left) == 0 {
			return err == nil, err
		}
		select {
		case <-tick.C:
		case <-end.C:
			return false, nil
		case <-ctx.Done():
			return false, fmt.Errorf("wait for a server left behind to end: %w", context.Cause(ctx))
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

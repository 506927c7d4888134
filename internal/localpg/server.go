package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	readyPoll = 10 * time.Millisecond

	// immediatePatience is how long an immediate shutdown may take. The
	// postmaster itself gives its children five seconds.
	immediatePatience = 10 * time.Second

	// maxLog is the size in bytes from which on a new start begins the
	// server's log afresh.
	maxLog = 16 << 20
)

// A Server is a running Postgres.
type Server struct {
	place place
	bin   string
	held  *holding
	log   *slog.Logger

	// shutdown is SIGINT, which ends transactions and writes a checkpoint,
	// or SIGQUIT, which does neither, where the cluster vanishes anyway.
	shutdown syscall.Signal

	process  *os.Process
	logStart int64         // where this run's part of the server's log begins
	stopping atomic.Bool   // an exit is what we asked for
	done     chan struct{} // closed when the server is gone
	died     chan error    // see Wait
}

func newServer(c Config, p place, bin string, held *holding) *Server {
	s := &Server{
		place: p, bin: bin, held: held, log: c.Log,
		shutdown: syscall.SIGINT,
		done:     make(chan struct{}),
		died:     make(chan error, 1),
	}
	if p.temporary != "" {
		s.shutdown = syscall.SIGQUIT
	}
	return s
}

// URL returns the connection string of the superuser for database postgres.
// It holds no secret, and stays the same over restarts.
func (s *Server) URL() string {
	return "postgres://postgres@/postgres?host=" + url.QueryEscape(s.place.socket) + "&port=" + port
}

// PID returns the process id of the postmaster.
func (s *Server) PID() int { return s.process.Pid }

// Wait returns a channel that receives one error if the server ends without
// having been asked to, and is closed when it is gone.
func (s *Server) Wait() <-chan error { return s.died }

// Stop shuts the server down and returns when it is gone. At the end of ctx
// the shutdown becomes an immediate one, from which the next Start recovers;
// Stop then returns the error of ctx. Stopping twice is fine.
func (s *Server) Stop(ctx context.Context) error {
	s.stopping.Store(true)
	s.signal(s.shutdown)
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.abandon()
	return fmt.Errorf("stop postgres in good order: %w", context.Cause(ctx))
}

// abandon stops the server at once.
func (s *Server) abandon() {
	s.stopping.Store(true)
	s.signal(syscall.SIGQUIT)
	select {
	case <-s.done:
	case <-time.After(immediatePatience):
		s.signal(syscall.SIGKILL)
		<-s.done
	}
}

func (s *Server) signal(sig syscall.Signal) {
	if err := s.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.log.Error("postgres not signalled", "pid", s.PID(), "signal", sig.String(), "error", err)
	}
}

// launch starts the postmaster and a goroutine that waits for its end.
func (s *Server) launch(path string, args []string) error {
	out, err := openLog(s.place)
	if err != nil {
		return err
	}
	defer out.Close()
	if s.logStart, err = out.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	cmd := &exec.Cmd{
		Path: path, Args: append([]string{path}, args...),
		Dir: "/", Env: environment(),
		Stdout: out, Stderr: out,
		SysProcAttr: serverAttr(s.place.account, s.shutdown),
	}
	started := make(chan error)
	go s.tend(cmd, started)
	return <-started
}

// tend keeps its thread for as long as the server runs: the death signal in
// serverAttr fires when the thread that started the server ends, and the Go
// runtime is free to end threads that are not locked.
func (s *Server) tend(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	s.process = cmd.Process
	started <- nil

	err := cmd.Wait()
	if err == nil {
		err = errors.New("exit status 0")
	}
	asked, words := s.stopping.Load(), s.lastWords()
	s.place.leave()
	s.held.release()
	if !asked {
		s.died <- fmt.Errorf("postgres ended: %w%s", err, words)
	}
	close(s.died)
	close(s.done)
}

// awaitReady returns when the server accepts connections, which it says in
// the last line of its pid file, where pg_ctl looks too.
func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		pid, status := readPIDFile(s.place.data)
		if pid == s.PID() && status == "ready" {
			return nil
		}
		select {
		case <-tick.C:
		case err := <-s.died:
			return err
		case <-ctx.Done():
			return fmt.Errorf("wait until it accepts connections: %w%s", context.Cause(ctx), s.lastWords())
		}
	}
}

// openLog opens the server's log for appending. It belongs to the server's
// account, as everything in the cluster does.
func openLog(p place) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(p.log); err == nil && info.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(p.log, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return f, p.account.own(p.log)
}

// lastWords returns the last lines this run wrote to the server's log, ready
// to follow an error.
func (s *Server) lastWords() string {
	const lines = 8
	b, err := os.ReadFile(s.place.log)
	if err != nil || int64(len(b)) <= s.logStart {
		return ""
	}
	said := bytes.Split(bytes.TrimSpace(b[s.logStart:]), []byte("\n"))
	said = said[max(0, len(said)-lines):]
	return "; its log " + s.place.log + " ends:\n" + strings.TrimSpace(string(bytes.Join(said, []byte("\n"))))
}

// pidFile is the lock file that the postmaster keeps in its data directory.
func pidFile(data string) string { return filepath.Join(data, "postmaster.pid") }

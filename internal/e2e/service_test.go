package e2e

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/logtest"
)

// stopLimit is how long a process may take to stop: twice the 25 s that it
// promises, for a slow and busy machine.
const stopLimit = 50 * time.Second

// service keeps one process type running, as a platform does: whenever the
// process ends it is started again, until the test ends.
type service struct {
	args, env []string

	mu      sync.Mutex
	life    *life
	ending  bool
	ended   chan struct{} // nobody starts it again
	restart chan struct{} // closed when it is not to be started again
}

// life is one process.
type life struct {
	cmd  *exec.Cmd
	log  *logtest.Log
	gone chan struct{} // closed when it has been waited for
}

func keep(t *testing.T, env []string, args ...string) *service {
	t.Helper()
	s := &service{args: args, env: env, ended: make(chan struct{}), restart: make(chan struct{})}
	first, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	s.life = first
	go s.watch(first)
	t.Cleanup(func() {
		s.end(t)
		if t.Failed() {
			t.Logf("what the last pgcast %s said:\n%s", strings.Join(args, " "), s.current().log)
		}
	})
	return s
}

func (s *service) start() (*life, error) {
	l := &life{cmd: exec.Command(binary, s.args...), log: &logtest.Log{}, gone: make(chan struct{})}
	l.cmd.Env, l.cmd.Stdout, l.cmd.Stderr = append(os.Environ(), s.env...), l.log, l.log
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = l.cmd.Wait() // ProcessState tells
		close(l.gone)
	}()
	return l, nil
}

// watch starts the process again, not more often than ten times a second.
func (s *service) watch(l *life) {
	defer close(s.ended)
	for {
		pause := time.After(100 * time.Millisecond)
		<-l.gone
		select {
		case <-s.restart:
			return
		case <-pause:
		}
		s.mu.Lock()
		if s.ending {
			s.mu.Unlock()
			return
		}
		if next, err := s.start(); err == nil {
			l, s.life = next, next
		}
		s.mu.Unlock()
	}
}

func (s *service) current() *life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life
}

// kill ends the process without a word. Another one follows.
func (s *service) kill() {
	l := s.current()
	_ = l.cmd.Process.Kill()
	<-l.gone
}

// terminate asks the process to stop and returns how long it took. It has to
// end in good order. Another one follows.
func (s *service) terminate(t *testing.T) time.Duration {
	t.Helper()
	l, begin := s.current(), time.Now()
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.gone:
	case <-time.After(stopLimit):
		t.Errorf("pgcast %s did not stop within %v", strings.Join(s.args, " "), stopLimit)
		_ = l.cmd.Process.Kill()
		<-l.gone
		return time.Since(begin)
	}
	if code := l.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("pgcast %s ended with code %d after SIGTERM:\n%s", strings.Join(s.args, " "), code, l.log)
	}
	return time.Since(begin)
}

// end stops the process for good.
func (s *service) end(t *testing.T) {
	s.mu.Lock()
	already := s.ending
	s.ending = true
	s.mu.Unlock()
	if !already {
		close(s.restart)
		s.terminate(t)
		<-s.ended
	}
}

// address is where the process that runs now listens, "" before it does.
func (s *service) address() string {
	for line := range strings.Lines(s.current().log.String()) {
		var said struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &said) != nil || said.Msg != "listening" {
			continue
		}
		if _, port, err := net.SplitHostPort(said.Address); err == nil {
			return "127.0.0.1:" + port
		}
	}
	return ""
}

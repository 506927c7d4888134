package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// stopLimit is what platforms leave a process between SIGTERM and SIGKILL,
// less a few seconds.
const stopLimit = 25 * time.Second

// process keeps one processor running, as a platform does: when it ends it is
// started again.
type process struct {
	binary, log string
	env         []string
	pause       time.Duration // before it is started again

	mu       sync.Mutex
	life     *life
	lives    []*life
	reserved bool          // somebody else is at it
	closing  chan struct{} // closed when it is not to be started again
	ended    chan struct{} // closed when it has ended for good
}

// life is one run of the process.
type life struct {
	cmd     *exec.Cmd
	journal *journal
	gone    chan struct{} // closed when it has been waited for
	end     time.Time     // when that was; read it after gone

	mu     sync.Mutex
	frozen []span
}

// span is a time in which a process was frozen; it is open while it still is.
type span struct{ from, to time.Time }

func startProcess(c Config, name string, env []string, random *rand.Rand) (*process, error) {
	p := &process{
		binary: c.Binary, env: env, log: filepath.Join(c.Dir, name+".log"),
		pause: time.Duration((0.1 + random.Float64()) * float64(time.Second)), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := p.start(); err != nil {
		return nil, err
	}
	go p.keep()
	return p, nil
}

func (p *process) start() error {
	file, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	l := &life{cmd: exec.Command(p.binary, "processor"), journal: newJournal(file), gone: make(chan struct{})}
	l.cmd.Env, l.cmd.Stdout, l.cmd.Stderr = append(os.Environ(), p.env...), l.journal, l.journal
	if err := l.cmd.Start(); err != nil {
		return errors.Join(err, file.Close())
	}
	p.life, p.lives = l, append(p.lives, l)
	go func() {
		_ = l.cmd.Wait() // ProcessState tells
		_ = file.Close()
		l.end = time.Now()
		close(l.gone)
	}()
	return nil
}

// keep starts the process again whenever it ends, until it is closed.
func (p *process) keep() {
	defer close(p.ended)
	for {
		<-p.current().gone
		wait(p.closing, p.pause)
		if !p.again() {
			return
		}
	}
}

// again starts the process once more, unless it is being closed.
func (p *process) again() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closing:
		return false
	default:
		return p.start() == nil
	}
}

func (p *process) current() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// past is every life so far.
func (p *process) past() []*life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lives)
}

// reserve keeps others away from the process until it is released; false when
// somebody has it already.
func (p *process) reserve() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reserved {
		return false
	}
	p.reserved = true
	return true
}

func (p *process) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved = false
}

func (l *life) signal(s syscall.Signal) { _ = l.cmd.Process.Signal(s) }

// freeze stops the process where it stands until done is closed, d at most.
func (l *life) freeze(done <-chan struct{}, d time.Duration) {
	begin := time.Now()
	l.signal(syscall.SIGSTOP)
	wait(done, d)
	l.signal(syscall.SIGCONT)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = append(l.frozen, span{begin, time.Now()})
}

// awake reports whether the process ran at a moment, and had for some time. It
// is asked when the process has ended.
func (l *life) awake(at time.Time, some time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.frozen {
		if at.After(f.from) && at.Before(f.to.Add(some)) {
			return false
		}
	}
	return at.Before(l.end)
}

// terminate asks the process to stop, which it has to do in good order unless
// it is killed meanwhile, or ended by itself before it found its database.
func (l *life) terminate() error {
	l.signal(syscall.SIGCONT)
	l.signal(syscall.SIGTERM)
	select {
	case <-l.gone:
	case <-time.After(stopLimit):
		l.signal(syscall.SIGKILL)
		<-l.gone
		return fmt.Errorf("a processor did not stop within %v of SIGTERM", stopLimit)
	}
	state := l.cmd.ProcessState
	killed := state.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
	if !state.Success() && !killed && l.journal.processor() != "" {
		return fmt.Errorf("processor %s ended with %v after SIGTERM", l.journal.processor(), state)
	}
	return nil
}

// close stops the process for good. Once more is fine.
func (p *process) close() error {
	last, first := p.last()
	if !first {
		return nil
	}
	err := last.terminate()
	<-p.ended
	return err
}

// last is the life after which there is no other, and whether it was not known
// as such.
func (p *process) last() (last *life, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closing:
		return p.life, false
	default:
		close(p.closing)
		return p.life, true
	}
}

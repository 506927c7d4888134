package processor

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// Engine makes the forecast of one file. It reads ctx often enough to stop
// within a second. Errors about the file are *dataset.Error, errors about the
// request *job.SpecError; both end the job without another try.
type Engine func(ctx context.Context, s job.Spec, file io.ReadSeeker, progress func(fraction float64, stage string)) (*engine.Output, error)

// Config says what a processor works with. Queue, Files, Engine and Log are
// required.
type Config struct {
	Queue  Queue
	Files  Files
	Engine Engine
	Log    *slog.Logger

	ID        string                // names this life of the process; "": a fresh one
	Name      string                // for people, for instance the host; "": the ID
	Slots     int                   // jobs run at once; 0: one per core
	Grace     time.Duration         // for running jobs when stopping; 0: 20 s, less than zero: none
	Keep      int                   // completed runs whose files are kept per job; 0: 10
	Scratch   string                // directory for files without names; "": the system's
	LockKey   func() int64          // the advisory lock the LISTEN connection holds now, 0 for none; nil: never one
	Listening func() bool           // whether wake-ups are proven to arrive; nil: never
	Metrics   prometheus.Registerer // nil: not registered
}

// Processor claims jobs and runs them. Its loops start with Run.
type Processor struct {
	Config
	pace    pace
	work    func(*run) (*result, error) // everything between a claim and the writing of its end
	metrics *metrics
	runs    *runs
	wake    chan struct{} // capacity 1: there may be work
	control chan struct{} // capacity 1: a running job may have been stopped
	freed   chan struct{} // capacity 1: a slot is free
	hello   chan struct{} // capacity 1: a heartbeat is due now
	contact atomic.Int64  // when the last heartbeat that arrived set out; nanoseconds since start
	doubt   bool          // the answer to a claim was lost; only claims looks at it
	start   time.Time     // with its monotonic reading, which runs on while the process is frozen
}

// New returns a processor that does nothing until Run.
func New(c Config) *Processor {
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	if c.Slots == 0 {
		c.Slots = runtime.GOMAXPROCS(0)
	}
	if c.Grace == 0 {
		c.Grace = 20 * time.Second
	}
	if c.Keep == 0 {
		c.Keep = 10
	}
	if c.LockKey == nil {
		c.LockKey = func() int64 { return 0 }
	}
	if c.Listening == nil {
		c.Listening = func() bool { return false }
	}
	p := &Processor{
		Config: c, pace: standardPace(), start: time.Now(),
		wake: make(chan struct{}, 1), control: make(chan struct{}, 1), freed: make(chan struct{}, 1),
		hello: make(chan struct{}, 1),
	}
	p.Log = c.Log.With("processor", c.ID)
	p.runs = newRuns(p.freed)
	p.work = p.attempt
	p.metrics = newMetrics(c.Metrics, p)
	return p
}

// Wake says that there may be work: a hint, which coalesces. It never blocks.
func (p *Processor) Wake() { signal(p.wake) }

// Control says that a running job may have been canceled or reset: a hint,
// which coalesces. It never blocks.
func (p *Processor) Control() { signal(p.control) }

// Hello sends a heartbeat soon: call it when what LockKey returns has changed.
// It never blocks.
func (p *Processor) Hello() { signal(p.hello) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run claims and runs jobs until ctx ends. It then claims no more, lets the
// running ones finish within the grace, hands the others back, and returns
// nil; an error means that some run did not stop when it was told to.
func (p *Processor) Run(ctx context.Context) error {
	if !p.register(ctx) {
		return nil
	}
	house, stop := context.WithCancel(context.WithoutCancel(ctx)) // outlives ctx while runs drain
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context){p.heartbeats, p.reports, p.rescues, p.sweeps, p.audits} {
		loops.Go(func() { loop(house) })
	}
	p.Log.Info("processor started", "name", p.Name, "slots", p.Slots)
	p.claims(ctx, house)
	p.drain(house)
	stop()
	loops.Wait()
	err := p.ended()
	p.leave(context.WithoutCancel(ctx))
	return err
}

// drain lets running jobs finish, then hands back what is left.
func (p *Processor) drain(ctx context.Context) {
	if p.runs.wait(ctx, p.Grace) {
		return
	}
	left := p.runs.stop()
	p.Log.Info("handing back running jobs", "jobs", len(left))
	timed, cancel := context.WithTimeout(ctx, p.pace.goodbye)
	defer cancel()
	if err := p.Queue.Release(timed, left); err != nil {
		p.Log.Warn("running jobs could not be handed back; they will be rescued", "error", err)
	}
	p.runs.wait(ctx, p.pace.goodbye) // for those that are writing their end
}

// ended waits for the last runs, now that nothing holds them.
func (p *Processor) ended() error {
	if !p.runs.wait(context.Background(), p.pace.goodbye) {
		return fmt.Errorf("stop processor: %d runs did not end when told to", p.runs.count())
	}
	return nil
}

// leave takes the processor out of the list of the living.
func (p *Processor) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.goodbye)
	defer cancel()
	if err := p.Queue.Deregister(ctx, p.ID); err != nil {
		p.Log.Warn("goodbye did not arrive; the age of the heartbeat will tell", "error", err)
	}
	p.Log.Info("processor stopped")
}

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
// required; with Work, Files and Engine are not.
type Config struct {
	Queue  Queue
	Files  Files
	Engine Engine
	Work   func(ctx context.Context, c job.Claim) error // instead of a forecast and its files, to measure the queue alone; nil: the forecast
	Log    *slog.Logger

	ID          string                // names this life of the process; "": a fresh one
	Name        string                // for people, for instance the host; "": the ID
	Slots       int                   // jobs run at once; 0: one per core
	Connections int                   // that Queue can use at once; some are left for heartbeats and claims; 0: 10
	Grace       time.Duration         // for running jobs when stopping; 0: 20 s, less than zero: none
	Keep        int                   // completed runs whose files are kept per job; 0: 10
	KeepEvents  time.Duration         // how long job_events are kept; 0: 90 days, less than zero: for ever
	Scratch     string                // directory for files without names; "": the system's
	LockKey     func() int64          // the advisory lock the LISTEN connection holds now, 0 for none; nil: never one
	Listening   func() bool           // whether wake-ups are proven to arrive; nil: never
	Metrics     prometheus.Registerer // nil: not registered
}

// Processor claims jobs and runs them. Its loops start with Run.
type Processor struct {
	Config
	pace    pace
	work    func(*run) (*result, error) // everything between a claim and the writing of its end
	metrics *metrics
	runs    *runs
	tempo   *tempo
	scribe  *scribe
	slots   chan struct{} // holds one for each run at work
	pens    chan struct{} // holds one for each end being written
	wake    chan struct{} // capacity 1: there may be work
	control chan struct{} // capacity 1: a running job may have been stopped
	freed   chan struct{} // capacity 1: there may be room for a claim
	later   chan struct{} // capacity 1: a job was put off
	hello   chan struct{} // capacity 1: a heartbeat is due now
	contact atomic.Int64  // when the last heartbeat that arrived set out; nanoseconds since start
	vain    atomic.Int64  // since when claims fail, 0: they do not; nanoseconds since start
	doubt   atomic.Bool   // the database may hold claims for us that we do not know
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
	if c.Connections == 0 {
		c.Connections = 10
	}
	if c.Keep == 0 {
		c.Keep = 10
	}
	if c.KeepEvents == 0 {
		c.KeepEvents = 90 * 24 * time.Hour
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
		hello: make(chan struct{}, 1), later: make(chan struct{}, 1),
		slots: make(chan struct{}, c.Slots), pens: make(chan struct{}, max(1, c.Connections-3)),
	}
	p.tempo = newTempo(p.pace.short)
	p.scribe = &scribe{most: mostHeld, stall: p.pace.stall, write: p.commit}
	p.Log = c.Log.With("processor", c.ID)
	p.runs = newRuns(p.freed)
	p.work = p.attempt
	if c.Work != nil {
		p.work = p.stub
	}
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
	for _, loop := range []func(context.Context){p.heartbeats, p.reports, p.rescues, p.watches, p.sweeps, p.audits, p.depths} {
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

// drain hands back what has not started, lets running jobs finish, and then
// hands back what is left.
func (p *Processor) drain(ctx context.Context) {
	if waiting := p.runs.unstarted(0); len(waiting) > 0 {
		p.handBack(ctx, waiting, errStopping)
	}
	if p.runs.wait(ctx, p.Grace) {
		return
	}
	p.handBack(ctx, p.runs.held(), errStopping)
	p.runs.wait(ctx, p.pace.goodbye) // for those that are writing their end
}

// ended waits for the last runs, now that nothing holds them.
func (p *Processor) ended() error {
	if !p.runs.wait(context.Background(), p.pace.goodbye) {
		return fmt.Errorf("stop processor: %d runs did not end when told to", len(p.runs.held()))
	}
	return nil
}

// leave takes the processor out of the list of the living.
func (p *Processor) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.goodbye)
	defer cancel()
	if err := p.reconcile(ctx); err != nil {
		p.Log.Warn("jobs may be left that nobody here knows of; they will be rescued", "error", err)
	}
	if err := p.Queue.Deregister(ctx, p.ID); err != nil {
		p.Log.Warn("goodbye did not arrive; the age of the heartbeat will tell", "error", err)
	}
	p.Log.Info("processor stopped")
}

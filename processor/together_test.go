package processor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// memory are files that take no time; publish is asked what becomes of them.
type memory struct {
	processor.Files
	publish func(ctx context.Context, a processor.Attempt) error
}

func (memory) Paths(processor.Attempt) (folder, output string)              { return "folder", "output.json" }
func (memory) RemoveAttempt(context.Context, processor.Attempt) error       { return nil }
func (memory) Attempts(context.Context, processor.Attempt) ([]int64, error) { return nil, nil }
func (m memory) Publish(ctx context.Context, a processor.Attempt) error     { return m.publish(ctx, a) }

// gathering is a queue whose first completion, unless it is of several, waits
// for the next, which then is.
type gathering struct {
	processor.Queue
	before func() // called before several are completed

	mu    sync.Mutex
	sizes []int
	once  sync.Once
	many  chan struct{} // closed by the completion of several
}

func (g *gathering) Complete(ctx context.Context, cs []job.Completion, publish func(context.Context, job.Claim) error) []error {
	g.mu.Lock()
	g.sizes = append(g.sizes, len(cs))
	g.mu.Unlock()
	if len(cs) > 1 {
		g.once.Do(func() { g.before(); close(g.many) })
	} else {
		<-g.many
	}
	return g.Queue.Complete(ctx, cs, publish)
}

func (g *gathering) largest() (largest int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.sizes {
		largest = max(largest, n)
	}
	return largest
}

// TestRunsCompletedTogetherEndEachForItself: of twelve short runs that end at
// the same time one was canceled, the row of one is held by somebody else, the
// storage refuses one and hangs on another.
func TestRunsCompletedTogetherEndEachForItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var ids []job.ID
	for range 12 {
		ids = append(ids, b.Job(t, b.user, `{}`).ID)
	}
	canceled, held, refused, hung, rest := ids[8], ids[9], ids[10], ids[11], ids[:8]
	files := memory{publish: func(ctx context.Context, a processor.Attempt) error {
		deadline, _ := ctx.Deadline()
		switch {
		case a.Job == refused:
			return errors.New("the disk is on fire")
		case a.Job == hung && time.Until(deadline) < 10*time.Second: // together with others
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}}
	g := &gathering{Queue: b.DB, many: make(chan struct{})}
	holder := b.Connect(t)
	g.before = func() {
		b.Exec(t, `update jobs set status = 'canceled' where id = $1`, canceled.String())
		if _, err := holder.Exec(context.Background(), `begin; select from jobs where id = '`+held.String()+`' for update`); err != nil {
			t.Error(err)
		}
	}
	all := make(chan struct{})
	var started sync.WaitGroup
	started.Add(12)
	go func() { started.Wait(); close(all) }()
	b.tune = func(p *processor.Processor) {
		p.Short(time.Hour)
		p.Undrawn(func(_ context.Context, c job.Claim) error {
			if c.Attempt == 1 {
				started.Done()
				<-all
			}
			return nil
		})
	}
	b.start(nil, func(c *processor.Config) { c.Queue, c.Files, c.Slots = g, files, 12 })

	for _, id := range append(rest, hung) {
		b.await(id, job.Completed)
	}
	if g.largest() < 2 {
		t.Error("no two runs were completed together")
	}
	dbtest.Eventually(t, "the refused run to be put off", func() bool { return b.get(refused).ErrorCode == "storage_unavailable" })
	b.await(canceled, job.Canceled)
	if row := b.get(held); row.Status != job.Processing {
		t.Errorf("the run whose row is held is %s, want processing", row.Status)
	}
	if _, err := holder.Exec(context.Background(), `commit`); err != nil {
		t.Fatal(err)
	}
	b.await(held, job.Completed)
}

// TestAHungPublicationDelaysNoOther: the run is long, so it is completed alone,
// and its slot goes to others meanwhile.
func TestAHungPublicationDelaysNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hung := b.Job(t, b.user, `{}`).ID
	reached, release := make(chan struct{}, 1), make(chan struct{})
	files := memory{publish: func(ctx context.Context, a processor.Attempt) error {
		if a.Job == hung {
			reached <- struct{}{}
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return ctx.Err()
	}}
	b.tune = func(p *processor.Processor) { p.Short(0); p.Undrawn(nothing) }
	b.start(nil, func(c *processor.Config) { c.Files, c.Slots = files, 1 })
	receive(t, "the publication to hang", reached)
	for range 3 {
		b.await(b.Job(t, b.user, `{}`).ID, job.Completed)
	}
	if row := b.get(hung); row.Status != job.Processing {
		t.Errorf("the hung run is %s, want processing", row.Status)
	}
	close(release)
	b.await(hung, job.Completed)
}

// TestHungPublicationsLeaveConnections: for a heartbeat, although more runs
// hang than there are connections.
func TestHungPublicationsLeaveConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached := make(chan struct{}, 8)
	files := memory{publish: func(ctx context.Context, _ processor.Attempt) error {
		reached <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	most := int(b.Pool().Config().MaxConns)
	var p *processor.Processor
	b.tune = func(made *processor.Processor) {
		p = made
		p.Short(0)
		p.Undrawn(nothing)
	}
	b.start(nil, func(c *processor.Config) { c.Files, c.Slots, c.Connections, c.ID = files, 2*most, most, "hung" })
	for range 2 * most {
		b.Job(t, b.user, `{}`)
	}
	for range most - 3 {
		receive(t, "a publication to hang", reached)
	}
	heard := func() (at time.Time) {
		b.noError(b.Pool().QueryRow(t.Context(), `select heartbeat_at from processors where id = 'hung'`).Scan(&at))
		return at
	}
	before := heard()
	p.Hello()
	dbtest.Eventually(t, "a heartbeat", func() bool { return heard().After(before) })
}

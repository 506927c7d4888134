package hub

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// run starts a hub for the time of the test.
func run(t *testing.T, c Config) *Hub {
	c.Log, c.Metrics = slog.New(slog.DiscardHandler), noMetrics{}
	h := New(c)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return h
}

// A standby may have been behind the versions that clients were told.
func TestAfterAFailoverVersionsMayGoBack(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	p := &promoted{table: &table{rows: map[job.ID]job.Job{j.ID: at(j, 5, job.Completed)}}, name: "d"}
	h := run(t, Config{Jobs: p, Settle: time.Millisecond})
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	wants(t, s, "snapshot of 1")
	p.put(at(j, 3, job.Processing), job.Pending) // all that the new primary has
	p.mu.Lock()
	p.name = "e"
	p.mu.Unlock()
	caughtUp(t, h)
	told(s)
	follow(t, s)
	wants(t, s, "snapshot of 1")
	p.put(at(j, 4, job.Failed), job.Processing)
	h.Publish([]feed.Event{{Op: feed.Update, Job: at(j, 4, job.Failed), OldStatus: job.Processing, LSN: 9}})
	caughtUp(t, h)
	wants(t, s, "update processing→failed v4")
}

// A door may not know its session yet.
func TestWhoFollowsNothingIsNotWokenByAReset(t *testing.T) {
	t.Parallel()
	h := New(Config{Jobs: &table{}, Metrics: noMetrics{}, Log: slog.New(slog.DiscardHandler)})
	var woken atomic.Int64
	s, err := h.Open(Viewer{User: job.UserID{UUID: uuid.New()}, Role: Authenticated}, func(bool) { woken.Add(1) })
	if err != nil {
		t.Fatalf("open a session, or subscribe: %v", err)
	}
	defer s.Close()
	h.resetAll(false)
	if woken.Load() != 0 {
		t.Errorf("woken %d times for nothing", woken.Load())
	}
}

// A client that is cut in between has forgotten everything: it may not come back with a good cursor.
func TestNoPlaceIsToldBetweenResetAndSnapshot(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t, j)
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	told(s)
	h.resetAll(false)
	rows.put(at(newJob(j.UserID), 1, job.Pending), "")
	caughtUp(t, h)
	s.Move()
	for _, i := range s.Take() {
		if i.Cursor != "" {
			t.Errorf("after reset an item of kind %d has a cursor", i.Kind)
		}
	}
	if p := s.Place(); p != "" {
		t.Errorf("after reset the place is %q", p)
	}
	follow(t, s)
	if items := s.Take(); items[0].Cursor == "" || s.Place() == "" {
		t.Error("the snapshot has no cursor")
	}
}

func TestTheEndOfAJobIsToldBehindTheSnapshotThatShowsIt(t *testing.T) {
	t.Parallel()
	j := at(newJob(job.UserID{UUID: uuid.New()}), 3, job.Completed)
	h, rows := setup(t, j)
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	rows.during = func() {
		rows.during = nil
		rows.put(at(j, 4, job.Deleted), job.Completed)
		caughtUp(t, h)
	}
	follow(t, s)
	caughtUp(t, h)
	wants(t, s, "snapshot of 1", "deleted v4")
}

func TestTheEndOfAJobIsToldBehindWhatWasMissed(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j, other := at(newJob(user), 3, job.Completed), newJob(user)
	h, rows := setup(t, j)
	rows.record(j, job.Processing)
	caughtUp(t, h)
	first := open(t, h, user)
	follow(t, first)
	cursor := first.Take()[0].Cursor
	first.Close()
	rows.put(other, "")
	caughtUp(t, h)
	calls := 0
	rows.during = func() {
		if calls++; calls == 2 { // the rows of the steps, after these were read
			rows.put(at(j, 4, job.Deleted), job.Completed)
			caughtUp(t, h)
		}
	}
	s := open(t, h, user)
	if err := s.Subscribe(t.Context(), 1, Interest{All: true, Cursor: cursor}); err != nil {
		t.Fatalf("open a session, or subscribe: %v", err)
	}
	caughtUp(t, h)
	got := told(s)
	if calls != 2 || !strings.Contains(strings.Join(got, ","), "deleted v4") {
		t.Errorf("calls %d, told %q, want deleted v4", calls, got)
	}
}

func TestANoticeDoesNotOvertakeAStepWhileASnapshotIsRead(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t, j)
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	rows.during = func() {
		rows.during = nil
		rows.put(at(j, 2, job.Canceled), job.Pending) // of a statement with many
		rows.put(at(j, 3, job.Pending), job.Canceled)
		publish(h, feed.Update, at(j, 3, job.Pending), job.Canceled)
		caughtUp(t, h)
	}
	follow(t, s)
	caughtUp(t, h)
	for h.holding() {
		caughtUp(t, h)
	}
	wants(t, s, "snapshot of 1", "update pending→canceled v2", "update canceled→pending v3")
}

func TestWhoTakesAtOnceIsNotSlow(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"trail", "held"} {
		user, rows := job.UserID{UUID: uuid.New()}, &table{rows: map[job.ID]job.Job{}}
		h := run(t, Config{Jobs: rows, Settle: time.Millisecond, TailEvery: time.Hour}) // 1 MiB
		caughtUp(t, h)
		var s *Session
		var slow atomic.Bool
		var n atomic.Int64
		s, err := h.Open(Viewer{User: user, Role: Authenticated}, func(is bool) {
			if is {
				slow.Store(true)
			}
			if s != nil {
				n.Add(int64(len(s.Take())))
			}
		})
		if err != nil {
			t.Fatalf("open a session, or subscribe: %v", err)
		}
		defer s.Close()
		follow(t, s)
		n.Store(0)
		if how == "held" {
			h.TrailFirst()
		}
		var events []feed.Event
		for range 1500 {
			j := newJob(user)
			j.Params = json.RawMessage(`{"horizon":12,"frequency":"D","quantiles":[0.1,0.5,0.9],"target":"` + strings.Repeat("x", 300) + `"}`)
			j.FileName, j.InputPath = "a-file-of-some-name.csv", "uploads/0123456789/0123456789/a-file-of-some-name.csv"
			rows.put(j, "")
			events = append(events, feed.Event{Op: feed.Insert, Job: j, LSN: 1})
		}
		if how == "held" {
			h.order.mu.Lock()
			for i := range events {
				h.order.on = true
				h.order.add(&events[i])
			}
			h.order.mu.Unlock()
			poke(h.order.wake)
			for h.holding() {
				caughtUp(t, h)
			}
		}
		caughtUp(t, h)
		if slow.Load() || n.Load() != 1500 {
			t.Errorf("%s: slow %t, told %d of 1500", how, slow.Load(), n.Load())
		}
	}
}

// promoted is a table of a database that may go on as another one.
type promoted struct {
	*table
	mu   sync.Mutex
	name string
}

func (p *promoted) named(t job.Trail, err error) (job.Trail, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.To.Database = p.name
	t.Whole = t.From.Database == p.name
	return t, err
}

func (p *promoted) Trail(ctx context.Context, user job.UserID, since job.Mark, most int) (job.Trail, error) {
	return p.named(p.table.Trail(ctx, user, since, most))
}

func (p *promoted) RecentTrail(ctx context.Context, within time.Duration, most int) (job.Trail, error) {
	return p.named(p.table.RecentTrail(ctx, within, most))
}

// A standby may lack what clients were told of.
func TestAfterAFailoverEverybodyReadsAnew(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	p := &promoted{table: &table{rows: map[job.ID]job.Job{j.ID: at(j, 3, job.Completed)}}, name: "d"}
	h := run(t, Config{Jobs: p, Settle: time.Millisecond})
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	wants(t, s, "snapshot of 1")
	p.put(at(j, 3, job.Failed), job.Processing)
	p.mu.Lock()
	p.name = "e"
	p.mu.Unlock()
	caughtUp(t, h)
	if got := told(s); !slices.Contains(got, "reset") {
		t.Errorf("the client is told %q, want reset", got)
	}
	follow(t, s)
	if items := s.Take(); len(items) != 1 || len(items[0].Jobs) != 1 || items[0].Jobs[0].Status != job.Failed {
		t.Errorf("the snapshot is %+v, want the failed job", items)
	}
}

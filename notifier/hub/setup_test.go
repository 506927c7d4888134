package hub

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

type noMetrics struct{}

func (noMetrics) Sessions(int)   {}
func (noMetrics) Merged()        {}
func (noMetrics) Resync(int)     {}
func (noMetrics) Resumed(string) {}
func (noMetrics) Behind(bool)    {}
func (noMetrics) MadeUp(int)     {}

// table is the database of these tests: rows in memory, and a hook that runs
// while a snapshot is being read.
type table struct {
	rows   map[job.ID]job.Job
	during func()

	mu    sync.Mutex
	steps []job.Step
}

func (t *table) Snapshot(_ context.Context, user job.UserID, ids []job.ID) (jobs []job.Job, err error) {
	for _, j := range t.rows {
		if j.UserID == user && (ids == nil || (Interest{Jobs: ids}).covers(j.ID)) {
			jobs = append(jobs, j)
		}
	}
	if t.during != nil {
		t.during()
	}
	return jobs, nil
}

func (t *table) Rows(_ context.Context, ids []job.ID) (jobs []job.Job, err error) {
	for _, id := range ids {
		if j, ok := t.rows[id]; ok {
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

func (t *table) Unfinished(ctx context.Context, user job.UserID, _ time.Time) ([]job.Job, error) {
	return t.Snapshot(ctx, user, nil)
}

// record adds a step to the trail, as a transaction of its own.
func (t *table) record(j job.Job, old job.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.steps) + 1
	t.steps = append(t.steps, job.Step{ID: int64(n), TxID: uint64(n), JobID: j.ID, UserID: j.UserID, OldStatus: old, Status: j.Status, Version: j.Version})
}

func (t *table) Trail(_ context.Context, _ job.UserID, since job.Mark, _ int) (job.Trail, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.steps)
	return job.Trail{From: since, To: job.Mark{Database: "d", Next: uint64(n + 1), Last: int64(n), At: time.Unix(1, 0)}, First: 1,
		Steps: slices.Clone(t.steps[max(since.Next, 1)-1:]), Whole: true}, nil
}

func (t *table) RecentTrail(ctx context.Context, _ time.Duration, limit int) (job.Trail, error) {
	return t.Trail(ctx, job.UserID{}, job.Mark{Database: "d"}, limit)
}

func (t *table) Events(_ context.Context, steps []job.Step) (events []feed.Event, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range steps {
		if c := stepChange(s, t.rows); c != nil {
			events = append(events, c.Event)
		}
	}
	return events, nil
}

func (t *table) Flushed(context.Context) (uint64, error) { return 0, nil }

func setup(t *testing.T, rows ...job.Job) (*Hub, *table) {
	t.Helper()
	held := &table{rows: map[job.ID]job.Job{}}
	for _, j := range rows {
		held.rows[j.ID] = j
	}
	h := New(Config{Jobs: held, Log: slog.New(slog.DiscardHandler), Metrics: noMetrics{}, QueueBytes: 20_000, Settle: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return h, held
}

func open(t *testing.T, h *Hub, user job.UserID) *Session {
	t.Helper()
	s, err := h.Open(Viewer{User: user, Role: Authenticated}, func(bool) {})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func follow(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Subscribe(t.Context(), 1, Interest{All: true}); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
}

func newJob(user job.UserID) job.Job {
	return job.Job{ID: job.NewID(), UserID: user, Status: job.Pending, Version: 1}
}

// at is a job in a later version.
func at(j job.Job, version int64, status job.Status) job.Job {
	j.Version, j.Status = version, status
	return j
}

func publish(h *Hub, op feed.Op, j job.Job, old job.Status) {
	h.Publish([]feed.Event{{Op: op, Job: j, OldStatus: old}})
}

// told is what a session would send, in short.
func told(s *Session) (words []string) {
	for _, i := range s.Take() {
		switch i.Kind {
		case Snapshot:
			words = append(words, fmt.Sprintf("snapshot of %d", len(i.Jobs)))
		case Changed:
			words = append(words, fmt.Sprintf("%s %s→%s v%d", i.Op, i.OldStatus, i.Change.Job.Status, i.Change.Job.Version))
		case Deleted:
			words = append(words, fmt.Sprintf("deleted v%d", i.Version))
		case Reset:
			words = append(words, "reset")
		case Resumed:
			words = append(words, "resumed")
		}
	}
	return words
}

func wants(t *testing.T, s *Session, want ...string) {
	t.Helper()
	if got := told(s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

package hub

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	s, err := h.Open(Viewer{User: user, Role: Authenticated}, func() {})
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

func TestNothingFallsBetweenSnapshotAndChanges(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j, fresh := newJob(user), newJob(user)
	h, rows := setup(t, at(j, 5, job.Processing))
	s := open(t, h, user)
	rows.during = func() { // while the snapshot, which has version 5, is on its way
		publish(h, feed.Update, at(j, 4, job.Pending), job.Failed)
		publish(h, feed.Update, at(j, 5, job.Processing), job.Pending)
		publish(h, feed.Update, at(j, 6, job.Completed), job.Processing)
		publish(h, feed.Insert, fresh, "")
	}
	follow(t, s)
	wants(t, s, "snapshot of 1", "update processing→completed v6", "insert →pending v1")
}

func TestTheSameVersionIsToldOnce(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j := newJob(user)
	h, _ := setup(t)
	s := open(t, h, user)
	follow(t, s)
	for range 2 { // two sources
		publish(h, feed.Insert, j, "")
		publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
	}
	publish(h, feed.Delete, job.Job{ID: j.ID, UserID: user}, "")
	publish(h, feed.Delete, job.Job{ID: j.ID, UserID: user, Version: 3}, "")
	publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
	wants(t, s, "snapshot of 0", "insert →pending v1", "update pending→processing v2", "deleted v3")
}

func TestOnlyProgressIsMerged(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j := newJob(user)
	h, _ := setup(t, j)
	s := open(t, h, user)
	follow(t, s)
	told(s)
	publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
	for v := range int64(100) {
		publish(h, feed.Update, at(j, 3+v, job.Processing), job.Processing)
	}
	publish(h, feed.Update, at(j, 103, job.Completed), job.Processing)
	publish(h, feed.Update, at(j, 104, job.Pending), job.Completed)
	publish(h, feed.Update, at(j, 105, job.Processing), job.Pending)
	wants(t, s, "update pending→processing v102", "update processing→completed v103",
		"update completed→pending v104", "update pending→processing v105")
}

func TestFullQueueEndsOnlyItsSession(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	h, _ := setup(t)
	slow, fast := open(t, h, user), open(t, h, user)
	follow(t, slow)
	follow(t, fast)
	for range 100 {
		publish(h, feed.Insert, newJob(user), "")
		fast.Take()
	}
	if slow.Err() == nil {
		t.Error("a session that never takes is not told to leave")
	}
	if fast.Err() != nil {
		t.Errorf("a session that takes is told to leave: %v", fast.Err())
	}
}

func TestReadingAfterAGapSkipsNoStep(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j := newJob(user)
	h, rows := setup(t, j)
	s := open(t, h, user)
	follow(t, s)
	told(s)
	rows.rows[j.ID] = at(j, 3, job.Completed)
	rows.during = func() { // the source is a moment behind the read
		publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
		publish(h, feed.Update, at(j, 3, job.Completed), job.Processing)
	}
	h.resync(t.Context())
	wants(t, s, "update pending→processing v2", "update processing→completed v3")
}

func TestGapIsClosedFromTheDatabase(t *testing.T) {
	t.Parallel()
	user, other := job.UserID{UUID: uuid.New()}, job.UserID{UUID: uuid.New()}
	same, moved, gone, fresh := newJob(user), newJob(user), newJob(user), newJob(user)
	h, rows := setup(t, same, moved, gone, newJob(other))
	s, all := open(t, h, user), mustOpen(t, h, Viewer{Role: ServiceRole})
	follow(t, s)
	follow(t, all)
	told(s)
	told(all)

	rows.rows[moved.ID] = at(moved, 4, job.Completed) // unseen
	rows.rows[fresh.ID] = fresh
	rows.record(fresh, "")
	delete(rows.rows, gone.ID)
	h.resync(t.Context())

	got := map[string]bool{}
	for _, word := range told(s) {
		got[word] = true
	}
	for _, want := range []string{"update pending→completed v4", "insert →pending v1", "deleted v2"} {
		if !got[want] {
			t.Errorf("not told %q, only %v", want, got)
		}
	}
	if len(got) != 3 {
		t.Errorf("told %v, want three things", got)
	}
	wants(t, all, "insert →pending v1") // of the others it was never told
}

func mustOpen(t *testing.T, h *Hub, v Viewer) *Session {
	t.Helper()
	s, err := h.Open(v, func() {})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestWhoMayLook(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	for _, v := range []Viewer{{}, {Role: "anon"}, {Role: Authenticated}, {Role: "postgres", User: job.UserID{UUID: uuid.New()}}} {
		if _, err := h.Open(v, func() {}); err == nil {
			t.Errorf("%+v may look", v)
		}
	}
	if h.Sessions() != 0 {
		t.Errorf("%d sessions are left of those refused", h.Sessions())
	}
}

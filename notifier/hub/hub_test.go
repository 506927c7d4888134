package hub

import (
	"testing"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	for h.holding() {
		caughtUp(t, h)
	}
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
	if !slow.slow() {
		t.Error("a session that never takes is not told to leave")
	}
	if fast.slow() {
		t.Error("a session that takes is told to leave")
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
	s, err := h.Open(v, func(bool) {})
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
		if _, err := h.Open(v, func(bool) {}); err == nil {
			t.Errorf("%+v may look", v)
		}
	}
	if h.Sessions() != 0 {
		t.Errorf("%d sessions are left of those refused", h.Sessions())
	}
}

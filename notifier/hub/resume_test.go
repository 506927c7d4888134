package hub

import (
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// caughtUp waits until sessions know of everything in the trail.
func caughtUp(t *testing.T, h *Hub) {
	t.Helper()
	if err := h.caughtUp(t.Context()); err != nil {
		t.Fatalf("catch up: %v", err)
	}
}

func TestStepsThatTheSourceDidNotBringAreMadeUpFor(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j, gone := newJob(user), newJob(user)
	h, rows := setup(t, j, gone)
	caughtUp(t, h)
	s := open(t, h, user)
	follow(t, s)
	told(s)
	publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
	rows.record(at(j, 2, job.Processing), job.Pending)
	rows.record(at(j, 4, job.Failed), job.Processing) // never published
	rows.record(at(j, 5, job.Pending), job.Failed)
	rows.record(at(gone, 2, job.Deleted), job.Pending)
	rows.record(at(newJob(user), 9, job.Deleted), job.Pending) // of no interest: nobody knew it
	rows.rows[j.ID] = at(j, 6, job.Pending)
	caughtUp(t, h)
	wants(t, s, "update pending→processing v2", "update processing→failed v4", "update failed→pending v5", "deleted v2")
	publish(h, feed.Update, at(j, 5, job.Pending), job.Failed) // late
	publish(h, feed.Update, at(j, 6, job.Pending), job.Pending)
	wants(t, s, "update pending→pending v6")
}

func TestCursorIsNotAheadOfWhatIsTold(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	j := newJob(user)
	h, rows := setup(t, j)
	rows.record(j, "")
	caughtUp(t, h)
	s := open(t, h, user)
	rows.during = func() { // while the snapshot is read, its job changes, and the trail is read
		rows.put(at(j, 2, job.Processing), job.Pending)
		publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
		caughtUp(t, h)
	}
	follow(t, s)
	items := s.Take()
	if len(items) != 2 || items[0].Kind != Snapshot || items[1].Kind != Changed {
		t.Fatalf("told %v, want a snapshot and a change", items)
	}
	before, err := parseCursor(items[0].Cursor)
	if err != nil || before.Shows(2) || items[1].Cursor != "" {
		t.Errorf("the snapshot claims %+v, %v; the change after it %q", before, err, items[1].Cursor)
	}
	for h.holding() {
		caughtUp(t, h)
	}
	publish(h, feed.Update, at(j, 3, job.Processing), job.Processing)
	if items = s.Take(); len(items) != 1 || items[0].Cursor == "" {
		t.Errorf("told %v, want a change with a cursor", items)
	}
}

func TestServiceRoleComesBack(t *testing.T) {
	t.Parallel()
	a, b := newJob(job.UserID{UUID: uuid.New()}), newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t, a, b)
	caughtUp(t, h)
	cursor := h.tail.place.Load().cursor
	rows.record(a, "")
	rows.record(b, "")
	rows.record(at(a, 2, job.Canceled), job.Pending)
	rows.rows[a.ID] = at(a, 2, job.Canceled)
	all := mustOpen(t, h, Viewer{Role: ServiceRole})
	if err := all.Subscribe(t.Context(), 1, Interest{All: true, Cursor: cursor}); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	wants(t, all, "insert →pending v1", "insert →pending v1", "update pending→canceled v2", "resumed")

	one := mustOpen(t, h, Viewer{User: b.UserID, Role: Authenticated})
	if err := one.Subscribe(t.Context(), 1, Interest{All: true, Cursor: cursor, After: map[job.ID]int64{b.ID: 1}}); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	wants(t, one, "resumed")
}

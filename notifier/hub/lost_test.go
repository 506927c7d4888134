package hub

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// put is what the database holds from now on, and what its trail says of it.
func (t *table) put(j job.Job, old job.Status) {
	t.mu.Lock()
	t.rows[j.ID] = j
	if j.Status == job.Deleted {
		delete(t.rows, j.ID)
	}
	t.mu.Unlock()
	t.record(j, old)
}

func TestWhoCameBackIsToldOfEachEnd(t *testing.T) {
	t.Parallel()
	j := at(newJob(job.UserID{UUID: uuid.New()}), 3, job.Completed)
	h, rows := setup(t, j)
	rows.record(j, job.Processing)
	caughtUp(t, h)
	first := open(t, h, j.UserID)
	follow(t, first)
	cursor := first.Take()[0].Cursor
	first.Close()
	s := open(t, h, j.UserID)
	if err := s.Subscribe(t.Context(), 1, Interest{All: true, Cursor: cursor}); err != nil {
		t.Fatalf("come back: %v", err)
	}
	wants(t, s, "resumed")
	rows.put(at(j, 4, job.Deleted), job.Completed)
	caughtUp(t, h)
	wants(t, s, "deleted v4")
}

// A statement that inserts many rows has one notice that names none.
func TestANoticeDoesNotOvertakeTheFirstStep(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t)
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	told(s)
	rows.put(j, "")
	rows.put(at(j, 2, job.Processing), job.Pending)
	publish(h, feed.Update, at(j, 2, job.Processing), job.Pending)
	caughtUp(t, h)
	wants(t, s, "insert →pending v1", "update pending→processing v2")
}

func TestProgressDoesNotOvertakeChangesOfStatus(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t, at(j, 2, job.Processing))
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	told(s)
	rows.put(at(j, 3, job.Failed), job.Processing)
	rows.put(at(j, 4, job.Pending), job.Failed)
	rows.put(at(j, 5, job.Processing), job.Pending)
	publish(h, feed.Update, at(j, 6, job.Processing), job.Processing) // as one who looks at what runs
	for h.holding() {
		caughtUp(t, h)
	}
	wants(t, s, "update processing→failed v3", "update failed→pending v4", "update pending→processing v6") // which took the place of v5
}

func TestWhoTakesNothingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(*Session){
		"unsubscribed": func(s *Session) { s.Unsubscribe(1) },
		"slow":         func(s *Session) { s.full(s.hub.config.QueueBytes + 1) },
	} {
		j := newJob(job.UserID{UUID: uuid.New()})
		rows := &table{rows: map[job.ID]job.Job{j.ID: j}}
		h := New(Config{Jobs: rows, Log: slog.New(slog.DiscardHandler), Metrics: noMetrics{}}) // nobody runs it, so what is held stays
		s := open(t, h, j.UserID)
		follow(t, s)
		end(s)
		h.Publish([]feed.Event{{Op: feed.Update, Job: at(j, 3, job.Completed), OldStatus: job.Processing, LSN: 1}})
		if h.holding() {
			t.Errorf("%s: events wait for the trail", how)
		}
	}
}

// gated is a table whose trail may be kept from whoever has read it.
type gated struct {
	*table
	read chan chan struct{} // brings what is closed to let the reader go on
}

func (g *gated) Trail(ctx context.Context, user job.UserID, since job.Mark, most int) (job.Trail, error) {
	trail, err := g.table.Trail(ctx, user, since, most)
	select {
	case goOn := <-g.read:
		<-goOn
	default:
	}
	return trail, err
}

func TestASecondSourceThatBeginsHasTheTrailReadAnew(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	g := &gated{&table{rows: map[job.ID]job.Job{}}, make(chan chan struct{})}
	h := run(t, Config{Jobs: g, Settle: time.Millisecond, TailEvery: time.Hour})
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	told(s)
	goOn, begun := make(chan struct{}), make(chan struct{})
	go func() {
		g.read <- goOn
		close(begun)
	}()
	for reading := true; reading; { // a reading that finds nobody to stop it is not the one
		h.TrailFirst()
		select {
		case <-begun:
			reading = false
		case <-time.After(time.Millisecond):
		}
	}
	rows := g.table
	rows.put(j, "") // which no source brings
	h.TrailFirst()
	rows.put(at(j, 2, job.Processing), job.Pending)
	h.Publish([]feed.Event{{Op: feed.Update, Job: at(j, 2, job.Processing), OldStatus: job.Pending, LSN: 5}})
	close(goOn)
	for h.holding() {
		caughtUp(t, h)
	}
	wants(t, s, "insert →pending v1", "update pending→processing v2")
}

// newest is a table that shows users their newest 200 jobs, as the database does.
type newest struct{ *table }

func (n newest) Snapshot(ctx context.Context, user job.UserID, ids []job.ID) ([]job.Job, error) {
	jobs, err := n.table.Snapshot(ctx, user, ids)
	slices.SortFunc(jobs, func(a, b job.Job) int { return b.CreatedAt.Compare(a.CreatedAt) })
	if ids == nil && len(jobs) > 200 {
		jobs = jobs[:200]
	}
	return jobs, err
}

func (n newest) Unfinished(context.Context, job.UserID, time.Time) ([]job.Job, error) {
	return nil, nil
}

func TestOfManyStepsAtOnceNoneIsLeftOut(t *testing.T) {
	t.Parallel()
	user, rows := job.UserID{UUID: uuid.New()}, &table{rows: map[job.ID]job.Job{}}
	jobs := make([]job.Job, madeUpAtOnce+500)
	for n := range jobs {
		jobs[n] = newJob(user)
		jobs[n].CreatedAt = time.Unix(int64(n), 0)
		rows.put(jobs[n], "")
	}
	h := run(t, Config{Jobs: newest{rows}, Settle: time.Millisecond, TailEvery: time.Hour, QueueBytes: 64 << 20})
	caughtUp(t, h)
	s := open(t, h, user)
	if err := s.Subscribe(t.Context(), 1, Interest{All: true, Cursor: h.tail.place.Load().cursor}); err != nil {
		t.Fatalf("come back: %v", err)
	}
	wants(t, s, "resumed")
	for _, j := range jobs {
		rows.put(at(j, 2, job.Canceled), job.Pending)
	}
	h.resync(t.Context())
	caughtUp(t, h)
	if got := len(told(s)); got != len(jobs) {
		t.Errorf("of %d changes of status %d are told", len(jobs), got)
	}
}

func TestAJobThatComesBackToItsOwnerIsTold(t *testing.T) {
	t.Parallel()
	j := newJob(job.UserID{UUID: uuid.New()})
	h, rows := setup(t, j)
	caughtUp(t, h)
	s := open(t, h, j.UserID)
	follow(t, s)
	told(s)
	theirs := at(j, 2, job.Pending)
	theirs.UserID = job.UserID{UUID: uuid.New()}
	rows.mu.Lock()
	rows.rows[j.ID] = theirs
	rows.mu.Unlock()
	h.resync(t.Context())
	wants(t, s, "deleted v2")
	rows.mu.Lock()
	rows.rows[j.ID] = at(j, 3, job.Pending)
	rows.mu.Unlock()
	h.resync(t.Context())
	if got := told(s); len(got) != 1 {
		t.Errorf("the job is back, and its owner is told %q", got)
	}
}

func TestWhatIsReplayedIsNoSignOfSlowness(t *testing.T) {
	t.Parallel()
	var q queue
	j := newJob(job.UserID{UUID: uuid.New()})
	for j.Version = 1; j.Version < 4; j.Version++ {
		q.push(&Item{Kind: Changed, Change: &Change{Event: feed.Event{Job: j}}, JobID: j.ID, Replayed: true})
	}
	if q.bytes != 0 {
		t.Errorf("what is replayed counts %d bytes", q.bytes)
	}
}

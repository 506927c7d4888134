package notifier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// cutSources ends what each source reads from.
var cutSources = map[feed.Mode]string{
	feed.Replication: `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender' and datname = current_database()`,
	feed.Listen:      `select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen pgcast_status%' and datname = current_database() and pid <> pg_backend_pid()`,
}

// belief is what a client holds true after the frames it got.
type belief map[job.ID]job.Job

func (w belief) take(t *testing.T, f frame) {
	t.Helper()
	switch f.Type {
	case "snapshot":
		for _, j := range f.Jobs {
			w.put(t, j)
		}
	case "job":
		w.put(t, f.Job)
	case "deleted":
		delete(w, f.JobID)
	default:
		t.Fatalf("unexpected frame %s", f.raw)
	}
}

func (w belief) put(t *testing.T, j job.Job) {
	t.Helper()
	if had, known := w[j.ID]; known && had.Version >= j.Version {
		t.Errorf("job %s went from version %d to %d", j.ID, had.Version, j.Version)
	}
	w[j.ID] = j
}

// same reports whether the belief is what the database says.
func (w belief) same(rows []job.Job) bool {
	if len(w) != len(rows) {
		return false
	}
	for _, j := range rows {
		if w[j.ID].Version != j.Version || w[j.ID].Status != j.Status {
			return false
		}
	}
	return true
}

func TestNothingIsLostWhenTheSourceIsCut(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			user := newUser()
			c := b.connect(t, user)
			c.follow(t)
			written := make(chan error, 1)
			go func() { written <- b.trouble(user, cutSources[source]) }()

			// Until the writer is done nobody knows what the end is.
			held := belief{}
			var rows []job.Job
			deadline := time.Now().Add(3 * patience)
			for done := false; !done || !held.same(rows); {
				if time.Now().After(deadline) {
					t.Fatalf("the client believes %d jobs, the database has %d; not the same", len(held), len(rows))
				}
				if !done {
					select {
					case err := <-written:
						if err != nil {
							t.Fatalf("write: %v", err)
						}
						done = true
						var err2 error
						if rows, err2 = b.Snapshot(t.Context(), user, nil); err2 != nil {
							t.Fatalf("read the end: %v", err2)
						}
						continue
					default:
					}
				}
				c.send(t, `{"type":"ping","id":1}`) // so that there is always a frame to read
				f := c.next(t)
				for ; f.Type != "pong"; f = c.next(t) {
					held.take(t, f)
				}
			}
		})
	}
}

// trouble makes, changes and deletes jobs, and cuts the source every now and
// then.
func (b *bundle) trouble(user job.UserID, cut string) error {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(1, 2))
	var ids []job.ID
	exec := func(sql string, args ...any) error {
		_, err := b.Pool().Exec(ctx, sql, args...)
		return err
	}
	for i := range 300 {
		var err error
		switch {
		case i%50 == 25:
			err = exec(cut)
		case len(ids) < 5 || random.IntN(10) == 0:
			id := job.NewID()
			_, err = b.Create(ctx, user, job.Upload{ID: id, InputPath: fmt.Sprintf("%s/%s/input.csv", user, id), FileName: "x.csv"})
			ids = append(ids, id)
		case random.IntN(12) == 0:
			at := random.IntN(len(ids))
			err = exec(`delete from jobs where id = $1`, ids[at].String())
			ids = append(ids[:at], ids[at+1:]...)
		default:
			status := []string{"pending", "canceled"}[random.IntN(2)]
			err = exec(`update jobs set status = $2, priority = priority + 1 where id = $1`, ids[random.IntN(len(ids))].String(), status)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

func TestDroppedPublicationHeals(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"dropped":                 `drop publication pgcast`,
		"dropped and made anew":   `drop publication pgcast; create publication pgcast for table jobs`,
		"dropped and made empty":  `drop publication pgcast; create publication pgcast`,
		"table truncated as well": `drop publication pgcast; truncate jobs cascade; create publication pgcast for table jobs`,
		"table out for a moment":  `alter publication pgcast drop table jobs; delete from jobs; alter publication pgcast add table jobs`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, feed.Replication, func(c *notifier.Config) { c.PublicationCheck = 100 * time.Millisecond })
			user := newUser()
			b.Job(t, user, "")
			c := b.connect(t, user)
			held := belief{}
			for _, j := range c.follow(t) {
				held[j.ID] = j
			}
			b.Exec(t, damage)
			last := b.Job(t, user, "")
			for _, there := held[last.ID]; !there; _, there = held[last.ID] {
				held.take(t, c.next(t))
			}
			rows, err := b.Snapshot(t.Context(), user, nil)
			if err != nil {
				t.Fatalf("read the end: %v", err)
			}
			for !held.same(rows) {
				held.take(t, c.next(t))
			}
			b.serves(t, feed.Replication)
		})
	}
}

func TestListenServesWhileNoSlotCanBeMade(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	user := newUser()
	id := d.Job(t, user, "").ID
	open, err := d.Connect(t).Begin(t.Context())
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if _, err := open.Exec(t.Context(), `update jobs set priority = 7 where id = $1`, id.String()); err != nil {
		t.Fatalf("write without committing: %v", err)
	}

	began := time.Now()
	b := beside(t, d, feed.Listen, func(c *notifier.Config) { c.NoReplication = false })
	c := b.connect(t, user)
	c.follow(t)
	other := d.Job(t, user, "").ID
	if f := c.next(t); f.Job.ID != other {
		t.Errorf("got %s, want the insert of %s", f.raw, other)
	}
	if took := time.Since(began); took > 30*time.Second { // a wide bar for a busy machine; it may not wait for that transaction
		t.Errorf("served after %s behind an open transaction, want at most 3 s", took)
	}

	// The open transaction wrote before any notifier asked for notices: its
	// commit sends none, and must still be seen.
	if err := open.Commit(t.Context()); err != nil {
		t.Fatalf("commit: %v", err)
	}
	if f := c.next(t); f.Job.ID != id || f.Job.Priority != 7 {
		t.Errorf("got %s, want the late commit", f.raw)
	}
	b.serves(t, feed.Replication)
	if log := b.log.String(); strings.Count(log, "status source is live") != 2 {
		t.Errorf("want each switch logged once, got\n%s", log)
	}
}

func TestRowsOutOfLineComeWhole(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	note := strings.Builder{}
	random := rand.New(rand.NewPCG(3, 4))
	for range 4000 {
		note.WriteByte(byte('a' + random.IntN(26)))
	}
	c := b.connect(t, user)
	c.follow(t)
	made := b.Job(t, user, fmt.Sprintf(`{"timezone": %q}`, note.String()))
	c.next(t)
	b.Exec(t, `update jobs set priority = 9 where id = $1`, made.ID.String())
	f := c.next(t)
	if f.Job.Priority != 9 || !strings.Contains(string(f.Job.Params), note.String()) || f.Job.InputPath != made.InputPath {
		t.Errorf("an update of another column came as %.300s…, want params and input path in it", f.raw)
	}
}

func TestRowThatChangesHandsIsGoneForItsOldOwner(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			before, after := newUser(), newUser()
			made := b.Job(t, before, "")
			old, fresh := b.connect(t, before), b.connect(t, after)
			old.follow(t)
			fresh.follow(t)
			for range 2 { // it may come back
				for _, hands := range []struct {
					to         job.UserID
					loses, has *client
				}{{after, old, fresh}, {before, fresh, old}} {
					b.Exec(t, `update jobs set user_id = $2 where id = $1`, made.ID.String(), hands.to.String())
					if f := hands.loses.next(t); f.Type != "deleted" || f.JobID != made.ID {
						t.Errorf("the old owner got %s, want deleted", f.raw)
					}
					if f := hands.has.next(t); f.Type != "job" || f.Job.ID != made.ID {
						t.Errorf("the new owner got %s, want the job", f.raw)
					}
				}
			}
			b.Exec(t, `delete from jobs where id = $1`, made.ID.String())
			if f := old.next(t); f.Type != "deleted" {
				t.Errorf("the last owner got %s, want deleted", f.raw)
			}
			other := b.Job(t, after, "").ID
			if f := fresh.next(t); f.Job.ID != other {
				t.Errorf("who owned it once got %s, want nothing of its end", f.raw)
			}
		})
	}
}

func TestProgressArrivesWithoutNotices(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen)
	user := newUser()
	c := b.connect(t, user)
	c.follow(t)
	made := b.Job(t, user, `{}`)
	c.next(t)
	claim := claimOne(t, b.DB, made.ID)
	c.next(t)
	dbtest.Eventually(t, "a progress report that is written", func() bool {
		tick := job.Tick{ID: claim.ID, Fence: claim.Fence, Progress: job.Progress{Fraction: 0.5, Stage: "backtest"}}
		if _, err := b.Report(context.Background(), []job.Tick{tick}); err != nil {
			t.Fatalf("report: %v", err)
		}
		j, err := b.Get(context.Background(), user, made.ID)
		return err == nil && j.Progress.Fraction == 0.5
	})
	if f := c.next(t); f.Job.Progress.Fraction != 0.5 || f.Job.Progress.Stage != "backtest" {
		t.Errorf("got %s, want progress 0.5 in backtest", f.raw)
	}
}

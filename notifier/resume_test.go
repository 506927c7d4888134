package notifier_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// quickly makes cursors move soon.
func quickly(c *notifier.Config) { c.TailEvery = 20 * time.Millisecond }

// follower is a client as the protocol wants it: it drops what is not newer than
// what it has, and comes back from where it was.
type follower struct {
	user     job.UserID
	version  map[job.ID]int64
	statuses map[job.ID][]job.Status // one after the other
	cursor   string
	resets   int
	repeated int
}

func newFollower(user job.UserID) *follower {
	return &follower{user: user, version: map[job.ID]int64{}, statuses: map[job.ID][]job.Status{}}
}

func (f *follower) take(e frame) {
	switch e.Type {
	case "reset":
		f.resets++
	case "snapshot":
		for _, j := range e.Jobs {
			f.put(j.ID, j.Version, j.Status)
		}
	case "job":
		f.put(e.Job.ID, e.Job.Version, e.Job.Status)
	case "deleted":
		f.put(e.JobID, e.Version, job.Deleted)
	}
}

func (f *follower) put(id job.ID, version int64, status job.Status) {
	if version <= f.version[id] {
		f.repeated++
		return
	}
	f.version[id] = version
	if had := f.statuses[id]; len(had) == 0 || had[len(had)-1] != status {
		f.statuses[id] = append(had, status)
	}
}

// stay reads a stream until it has told of a job that is made now: by then it has
// told all that was before. The stream ends with a cursor.
func (f *follower) stay(t testing.TB, s *stream, d *dbtest.DB) {
	t.Helper()
	mark := d.Job(t, f.user, "").ID
	for n := 0; f.version[mark] == 0 || s.id == "" || strings.HasPrefix(s.id, "~"); n++ {
		if f.version[mark] > 0 { // only so that there is something to read
			d.Exec(t, `update jobs set priority = $2 where id = $1`, mark.String(), n%10)
		}
		e := s.next(t)
		if s.ended {
			t.Fatal("the stream ended")
		}
		f.take(e.frame)
	}
	f.cursor = s.id
}

func TestStreamGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		for _, how := range []string{"same", "other", "restarted"} {
			t.Run(fmt.Sprintf("%s/%s", source, how), func(t *testing.T) {
				t.Parallel()
				b := setup(t, source, quickly)
				f := newFollower(newUser())
				kept, gone := b.Job(t, f.user, "").ID, b.Job(t, f.user, "").ID
				s := b.listen(t, f.user, "/v1/events", "")
				f.stay(t, s, b.DB)
				s.close()
				if how == "restarted" {
					if err := b.stop(); err != nil {
						t.Fatalf("stop: %v", err)
					}
				}

				for _, status := range []job.Status{job.Canceled, job.Pending, job.Canceled} {
					b.Exec(t, `update jobs set status = $2 where id = $1`, kept.String(), string(status))
				}
				b.Exec(t, `delete from jobs where id = $1`, gone.String())
				if how != "same" {
					b = beside(t, b.DB, source, quickly)
				}
				f.stay(t, b.listen(t, f.user, "/v1/events", f.cursor), b.DB)
				if want := []job.Status{job.Pending, job.Canceled, job.Pending, job.Canceled}; !slices.Equal(f.statuses[kept], want) {
					t.Errorf("the client knows of %q, want %q", f.statuses[kept], want)
				}
				if want := []job.Status{job.Pending, job.Deleted}; !slices.Equal(f.statuses[gone], want) || f.resets > 0 {
					t.Errorf("of the deleted job the client knows of %q, want %q; %d resets", f.statuses[gone], want, f.resets)
				}
			})
		}
	}
}

// A client to whom nothing happens hears now and then how far it is.
func TestCursorOfAQuietSocketMoves(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, quickly, func(c *notifier.Config) { c.Heartbeat = 300 * time.Millisecond })
	c := b.connect(t, newUser())
	c.follow(t)
	for range 2 {
		b.Job(t, newUser(), "")
		if f, err := c.read(); err != nil || f.Type != "cursor" || f.Cursor == "" {
			t.Errorf("got %s, %v; want a cursor", f.raw, err)
		}
	}
}

// nowhere is a cursor of before everything that happens from here on.
func (b *bundle) nowhere(t testing.TB) (cursor string) {
	t.Helper()
	dbtest.Eventually(t, "a snapshot with a cursor", func() bool {
		s := b.listen(t, newUser(), "/v1/events", "")
		defer s.close()
		s.next(t)
		cursor = s.id
		return cursor != ""
	})
	return cursor
}

// What is older than the ring comes from the database.
func TestStreamGoesOnFromTheTrail(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, quickly)
	f := newFollower(newUser())
	f.cursor = b.nowhere(t)
	id := b.Job(t, f.user, "").ID
	b.Job(t, newUser(), "")
	b.Exec(t, `update job_events set at = at - interval '1 hour'`)
	b.Exec(t, `update jobs set status = 'canceled' where id = $1`, id.String())
	registry := prometheus.NewRegistry()
	late := beside(t, b.DB, feed.Listen, quickly, func(c *notifier.Config) { c.Registry = registry })
	f.stay(t, late.listen(t, f.user, "/v1/events", f.cursor), b.DB)
	if want := []job.Status{job.Pending, job.Canceled}; !slices.Equal(f.statuses[id], want) || len(f.statuses) != 2 || f.resets > 0 {
		t.Errorf("the client knows of %v, %d resets", f.statuses, f.resets)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatalf("read the metrics: %v", err)
	}
	for _, family := range families {
		if family.GetName() == "pgcast_notifier_resumed_total" {
			if m := family.GetMetric(); len(m) != 1 || m[0].GetLabel()[0].GetValue() != "trail" {
				t.Errorf("clients came back as %v, want one from the trail", m)
			}
		}
	}
}

// An early transaction that commits late has the smaller ids.
func TestNothingIsLostThatCommitsLate(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source, quickly)
			f := newFollower(newUser())
			slow := b.Job(t, f.user, "").ID
			early, err := b.Connect(t).Begin(t.Context())
			if err != nil {
				t.Fatalf("begin: %v", err)
			}
			if _, err := early.Exec(t.Context(), `update jobs set status = 'canceled' where id = $1`, slow.String()); err != nil {
				t.Fatalf("update: %v", err)
			}
			s := b.listen(t, f.user, "/v1/events", "")
			for range 3 { // the client is told of what comes later, and where it is
				s.id = ""
				f.stay(t, s, b.DB)
			}
			s.close()
			if err := early.Commit(t.Context()); err != nil {
				t.Fatalf("commit: %v", err)
			}
			f.repeated = 0
			f.stay(t, b.listen(t, f.user, "/v1/events", f.cursor), b.DB)
			if want := []job.Status{job.Pending, job.Canceled}; !slices.Equal(f.statuses[slow], want) {
				t.Errorf("the client knows of %q, want %q", f.statuses[slow], want)
			}
		})
	}
}

func TestWhoCannotGoOnBeginsAnew(t *testing.T) {
	t.Parallel()
	b, elsewhere := setup(t, feed.Listen, quickly), setup(t, feed.Listen, quickly)
	away := newFollower(newUser())
	away.stay(t, elsewhere.listen(t, away.user, "/v1/events", ""), elsewhere.DB)
	f := newFollower(newUser())
	b.Job(t, f.user, "")
	f.stay(t, b.listen(t, f.user, "/v1/events", ""), b.DB)
	b.Exec(t, `delete from job_events where id = (select min(id) from job_events)`) // is no longer kept
	for name, cursor := range map[string]string{
		"a cursor of another database": away.cursor,
		"no cursor at all":             "17",
		"a cursor of the future":       f.cursor[:len("c1.0123456789ab.")] + "1.1.zzzzzzzz",
		"a cursor that is too old":     f.cursor[:len("c1.0123456789ab.")] + "0.1.3",
		"a huge one":                   fmt.Sprintf("c1.%02000d", 7),
	} {
		s := b.listen(t, f.user, "/v1/events", cursor)
		if e := s.next(t); e.name != "reset" {
			t.Errorf("%s: got %s, want reset", name, e.raw)
		}
		if e := s.next(t); e.name != "snapshot" || len(e.Jobs) != 2 {
			t.Errorf("%s: got %s, want a snapshot", name, e.raw)
		}
		s.close()
	}
}

func TestSocketGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, quickly)
	user := newUser()
	made := b.Job(t, user, "")
	first := b.connect(t, user)
	first.follow(t)
	cursor := ""
	for n := 0; cursor == ""; n++ {
		b.Exec(t, `update jobs set priority = $2 where id = $1`, made.ID.String(), 1+n%10)
		cursor = first.next(t).Cursor
	}
	_ = first.ws.Close()
	for _, status := range []string{"canceled", "pending"} {
		b.Exec(t, `update jobs set status = $2 where id = $1`, made.ID.String(), status)
	}

	second := b.connect(t, user)
	second.send(t, fmt.Sprintf(`{"type":"subscribe","id":8,"all":true,"cursor":%q}`, cursor))
	var got []string
	f := second.next(t)
	for ; f.Type == "job"; f = second.next(t) {
		if !f.Replayed {
			t.Errorf("%s is not marked as replayed", f.raw)
		}
		if f.OldStatus != f.Job.Status {
			got = append(got, step(f))
		}
	}
	if want := []string{"update pending→canceled", "update canceled→pending"}; !slices.Equal(got[max(0, len(got)-2):], want) {
		t.Errorf("the client was told %q, want %q", got, want)
	}
	if f.Type != "resumed" || f.ID != 8 || f.Cursor == "" {
		t.Errorf("got %s, want resumed with a cursor", f.raw)
	}
	next := b.Job(t, user, "")
	if f := second.next(t); f.Job.ID != next.ID || f.Replayed {
		t.Errorf("got %s, want the new job", f.raw)
	}
}

func TestStreamOfADeletedJob(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, quickly)
	f := newFollower(newUser())
	id := b.Job(t, f.user, "").ID
	all := b.listen(t, f.user, "/v1/events", "")
	f.stay(t, all, b.DB)
	before := f.cursor
	b.Exec(t, `delete from jobs where id = $1`, id.String())
	path := "/v1/jobs/" + id.String() + "/events"
	s := b.listen(t, f.user, path, before)
	for e := s.next(t); e.name != "deleted"; e = s.next(t) {
		if e.name != "job" {
			t.Fatalf("got %s, want deleted", e.raw)
		}
	}
	dbtest.Eventually(t, "a client that knows of it to be told that there is no such job", func() bool {
		all.id = ""
		f.stay(t, all, b.DB)
		answer, end := b.get(t, path, http.Header{"Last-Event-ID": {all.id}, "Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, f.user, time.Hour)}})
		end()
		return answer.StatusCode == http.StatusNotFound
	})
}

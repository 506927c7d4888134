package e2e

import (
	"maps"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// freeze stops the process that runs now where it stands: its connections
// stay open, and the lock by which others know that it lives stays taken.
func (s *service) freeze(t *testing.T) (thaw func()) {
	t.Helper()
	l := s.current()
	if err := l.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	thaw = func() { _ = l.cmd.Process.Signal(syscall.SIGCONT) }
	t.Cleanup(thaw)
	return thaw
}

// frozen is a job whose processor is frozen at a place of its work.
type frozen struct {
	place
	trap      *trap
	id        job.ID
	processor string
	thaw      func()
}

func (s *site) freezeAt(t *testing.T, user *member, file string, p place) frozen {
	t.Helper()
	f := frozen{place: p, trap: s.bucket.trap(t, p.held)}
	f.id = user.upload(t, file, "{}")
	s.await(t, p, f.trap, f.id)
	f.processor = value[string](t, s.world, `select claimed_by from jobs where id = $1`, f.id.String())
	f.thaw = s.owner(t, f.id).freeze(t)
	return f
}

// Two processors are frozen past their lease, one in the middle of its work
// and one while it publishes and holds the row. The third takes their jobs
// over. When they come back nothing changes but, for a moment, a canonical file.
func TestFrozenProcessorsChangeNothingWhenTheyComeBack(t *testing.T) {
	t.Parallel()
	s := openSite(t, 3)
	user := s.join(t)
	file := filepath.Join("..", "..", "web", "static", "samples", "air_passengers.csv")
	want := forecastFile(t, file)
	jobs := []frozen{s.freezeAt(t, user, file, storing), s.freezeAt(t, user, file, publishing)}
	begin := time.Now()
	outcomes := map[job.ID]string{}
	for _, f := range jobs {
		eventually(t, "the job is completed elsewhere, its processor frozen where "+f.name, func() bool {
			return value[bool](t, s.world, `select status = 'completed' from jobs where id = $1`, f.id.String())
		})
		t.Logf("%v after the freeze the job is completed elsewhere, its processor frozen where %s", time.Since(begin), f.name)
		outcomes[f.id] = s.outcome(t, f.id)
	}
	for _, f := range jobs {
		s.bucket.release(f.trap) // what it asked of the storage happens now, long after its lease
		f.thaw()
	}
	thawed := value[time.Time](t, s.world, `select clock_timestamp()`)
	for _, f := range jobs {
		s.awaitIdle(t, f, thawed)
		s.awaitCanonical(t, user, f.id)
		s.checkWhole(t, user, f.id, want)
		if got := s.outcome(t, f.id); got != outcomes[f.id] {
			t.Errorf("a processor thawed where %s has changed\n%s to\n%s", f.name, outcomes[f.id], got)
		}
	}
}

// outcome is all that the database says about how a job ended.
func (s *site) outcome(t *testing.T, id job.ID) string {
	t.Helper()
	return value[string](t, s.world, `
		select jsonb_pretty(jsonb_build_object('job', to_jsonb(j),
			'runs', (select jsonb_agg(to_jsonb(r) order by r.created_at) from job_runs r where r.job_id = j.id),
			'events', (select jsonb_agg(to_jsonb(e) order by e.id) from job_events e where e.job_id = j.id)))
		from jobs j where id = $1`, id.String())
}

// awaitIdle waits until the thawed processor has let go of its job: it says
// that it lives, and that it runs nothing.
func (s *site) awaitIdle(t *testing.T, f frozen, thawed time.Time) {
	t.Helper()
	eventually(t, "the thawed processor has let go of its job", func() bool {
		return value[bool](t, s.world,
			`select exists (select from processors where id = $1 and running = 0 and heartbeat_at > $2)`, f.processor, thawed)
	})
}

// awaitCanonical holds the canonical files to a minute, of which the machine
// may make two.
func (s *site) awaitCanonical(t *testing.T, user *member, id job.ID) {
	t.Helper()
	begin := time.Now()
	eventually(t, "the canonical files are those of the run", func() bool {
		want := value[map[string]string](t, s.world, `select checksums from job_runs where job_id = $1 and status = 'completed'`, id.String())
		got := map[string]string{}
		for name := range want {
			got[name] = sha(s.object(t, user.id.String()+"/"+id.String()+"/"+name))
		}
		return maps.Equal(got, want)
	})
	t.Logf("the canonical files were right after %v", time.Since(begin))
}

package cli

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// Through a transaction pooler LISTEN is taken and nothing arrives, and a lock
// would be the pooler's. The processor polls, and everything works.
func TestAProcessorBehindATransactionPoolerPolls(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	through := d.Bouncer(t, "transaction")
	l := startWakes(t, d, through, through)
	l.work(t)
	dbtest.Eventually(t, "the log names the mode", func() bool { return l.log.Count(`"mode":"polling"`, "DATABASE_LISTEN_URL") == 1 })
	l.completes(t, l.submit(t))
	if l.proven.Load() || l.lock.Load() != 0 || l.mode() != "polling" {
		t.Errorf("mode %s with lock %d, want polling without one", l.mode(), l.lock.Load())
	}
	var locks int
	if err := d.Pool().QueryRow(t.Context(), `select count(*) from pg_locks where locktype = 'advisory'`).Scan(&locks); err != nil || locks != 0 {
		t.Errorf("the pooler's connections hold %d locks, %v", locks, err)
	}
}

func TestAProcessorBehindATransactionPoolerListensBesideIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, d, d.Bouncer(t, "transaction"), "")
	l.work(t)
	dbtest.Eventually(t, "a probe came back, and the lock is registered", func() bool { return l.proven.Load() && l.registered(t) })
	l.completes(t, l.submit(t))
}

func TestASessionPoolerCarriesLISTENAndTheLock(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	through := d.Bouncer(t, "session")
	n := newLine(t, through)
	l := startWakes(t, d, through, n.url)
	l.work(t)
	dbtest.Eventually(t, "a probe came back, and the lock is registered", func() bool { return l.proven.Load() && l.registered(t) })
	key := l.lock.Load()
	if !isHeld(t, d, key) {
		t.Error("nobody holds the lock of life")
	}
	l.completes(t, l.submit(t))
	n.cut() // as the death of the process would
	dbtest.Eventually(t, "the pooler lets go of the lock", func() bool { return !isHeld(t, d, key) })
}

func isHeld(t *testing.T, d *dbtest.DB, key int64) (held bool) {
	t.Helper()
	if err := d.Pool().QueryRow(t.Context(), `select pgcast.lock_is_held($1)`, key).Scan(&held); err != nil {
		t.Fatal(err)
	}
	return held
}

// registered reports whether the row of the processor names the lock it holds.
func (l *listener) registered(t *testing.T) (same bool) {
	t.Helper()
	err := l.db.Pool().QueryRow(t.Context(), `
		select coalesce((select lock_key = $2 from processors where id = $1), false)`, l.id, l.lock.Load()).Scan(&same)
	if err != nil {
		t.Fatal(err)
	}
	return same
}

// A lock that is lost while the processor lives is no crash.
func TestAJobOutlivesTheConnectionThatListens(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *listener, *line, int){
		"cut by the server": func(t *testing.T, l *listener, _ *line, backend int) {
			l.db.Exec(t, `select pg_terminate_backend($1)`, backend)
		},
		"silent, and the server has let go": func(t *testing.T, l *listener, n *line, backend int) {
			n.swallow()
			l.db.Exec(t, `select pg_terminate_backend($1)`, backend)
		},
		"silent, and the server does not know": func(_ *testing.T, _ *listener, n *line, _ int) {
			n.swallow()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, release := dbtest.New(t), make(chan struct{})
			n := newLine(t, d.URL)
			l := startWakes(t, d, "", n.url, held(release), func(w *wakes) { w.quiet = 3 * time.Second })
			l.work(t)
			dbtest.Eventually(t, "the lock is registered", func() bool { return l.proven.Load() && l.registered(t) })
			id := l.submit(t)
			dbtest.Eventually(t, "the job runs", func() bool { return l.state(t, id) == state{"processing", 1, l.id} })
			before := l.holder(t)

			lose(t, l, n, before)
			dbtest.Eventually(t, "another lock is held and registered, and nobody was taken for dead", func() bool {
				if n, err := d.Rescue(t.Context()); n != 0 || err != nil {
					t.Fatalf("%d jobs rescued from a processor that lives, %v", n, err)
				}
				pid := l.holder(t)
				return pid != 0 && pid != before && l.registered(t)
			})
			close(release)
			l.completes(t, id)
		})
	}
}

// What a transaction pooler took for a client that is gone it keeps. The age of
// the heartbeat tells all the same.
func TestALockThatAPoolerKeepsSavesNobody(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	pool, err := db.Open(t.Context(), d.Bouncer(t, "transaction"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var held bool
	if err := pool.Pool().QueryRow(t.Context(), `select pg_try_advisory_lock(4711)`).Scan(&held); err != nil || !held {
		t.Fatal(held, err)
	}
	pool.Close() // and the pooler's connection holds the lock
	l := &listener{db: d}
	id := d.Job(t, job.UserID{UUID: uuid.New()}, `{}`).ID
	d.Exec(t, `select pgcast.heartbeat('dead', 'dead', 1, 1, 4711)`)
	if _, err := d.Claim(t.Context(), "dead", 1, 0); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		age  string
		want string
	}{{"29 seconds", "processing"}, {"31 seconds", "pending"}} {
		d.Exec(t, `update processors set heartbeat_at = clock_timestamp() - $1::interval where id = 'dead'`, step.age)
		if _, err := d.Rescue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := l.state(t, id); s.Status != step.want {
			t.Errorf("with a heartbeat %s old the job is %s, want %s", step.age, s.Status, step.want)
		}
	}
	if !isHeld(t, d, 4711) {
		t.Error("the pooler let go of the lock; the test is about one that does not")
	}
}

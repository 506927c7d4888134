package cli

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/logtest"
)

// listener is a processor's wake-ups, running on a database of their own.
type listener struct {
	*wakes
	db  *dbtest.DB
	log *logtest.Log
}

// startWakes runs wake-ups whose calls and LISTEN take the ways given; "" is
// the direct one.
func startWakes(t *testing.T, d *dbtest.DB, calls, listens string, change ...func(*wakes)) *listener {
	t.Helper()
	l := &listener{db: d, log: &logtest.Log{}}
	h, err := openHouse(t.Context(), Env{Stderr: l.log}, config.Config{
		DatabaseURL: or(calls, d.URL), ListenURL: or(listens, d.URL), SupabaseURL: bucketURL(t), ServiceKey: "service",
		JWTSecret: testSecret, Bucket: "forecast-uploads", Slots: 1,
	}, "test", auth.Config{Secret: []byte(testSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.bucket.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, l.wakes = h.workshop(-1)
	for _, c := range change {
		c(l.wakes)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		h.close()
	})
	return l
}

// holder is the backend that holds the lock of life, 0 when none does.
func (l *listener) holder(t *testing.T) int {
	t.Helper()
	var pid int
	err := l.db.Pool().QueryRow(t.Context(), `
		select pid from pg_locks
		where locktype = 'advisory' and granted and objsubid = 1
			and database = (select oid from pg_database where datname = current_database())
			and (classid::bigint << 32) + objid::bigint = $1`, l.lock.Load()).Scan(&pid)
	if err != nil && err != pgx.ErrNoRows {
		t.Fatal(err)
	}
	return pid
}

func TestWakeUpsAreProvenByANotificationThatComesBack(t *testing.T) {
	t.Parallel()
	l := startWakes(t, dbtest.New(t), "", "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	if l.lock.Load() == 0 || l.holder(t) == 0 {
		t.Errorf("lock of life %d is told, held by backend %d; want it held", l.lock.Load(), l.holder(t))
	}
	if l.log.Count(`"mode":"listening"`) != 1 || l.mode() != "listening" {
		t.Errorf("mode %s; the log names it %d times", l.mode(), l.log.Count(`"mode":"listening"`))
	}
}

func TestWakeUpsComeBackAfterTheConnectionWasCut(t *testing.T) {
	t.Parallel()
	l := startWakes(t, dbtest.New(t), "", "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	before := l.holder(t)
	for range 2 {
		l.db.Exec(t, `select pg_terminate_backend($1)`, before)
		dbtest.Eventually(t, "another connection holds a lock of life, and is proven", func() bool {
			pid := l.holder(t)
			return pid != 0 && pid != before && l.proven.Load()
		})
		before = l.holder(t)
	}
}

func TestWakeUpsAreProvenAgainAndAgainBesideThoseOfOthers(t *testing.T) {
	t.Parallel()
	l := startWakes(t, dbtest.New(t), "", "", func(w *wakes) { w.proofEvery = time.Millisecond })
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	key := l.lock.Load()
	for range 50 {
		l.db.Exec(t, `select pg_notify('pgcast_probe', 'somebody else')`)
		if !l.proven.Load() || l.lock.Load() != key {
			t.Fatal("the probes of others drown ours")
		}
	}
}

// LISTEN may fail where everything else works, for instance with 58P01 while
// the server has forgotten a transaction that the queue of notifications names.
func TestALISTENThatFailsMeansPolling(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, d, "", pooler(t, d.URL, deaf))
	dbtest.Eventually(t, "the log names the mode and the reason", func() bool { return l.log.Count(`"mode":"polling"`, "58P01") == 1 })
	if l.proven.Load() || l.lock.Load() != 0 {
		t.Error("a connection without LISTEN counts as one that listens")
	}
	if n := l.log.Count("listener has no connection"); n != 1 {
		t.Errorf("the same trouble is told %d times", n)
	}
}

// Nothing arrives and nothing fails: only a ping finds out.
func TestASilentConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	n := newLine(t, d.URL)
	l := startWakes(t, d, "", n.url, func(w *wakes) { w.quiet = 300 * time.Millisecond })
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	before := l.holder(t)
	n.swallow()
	dbtest.Eventually(t, "another connection is proven", func() bool {
		pid := l.holder(t)
		return pid != 0 && pid != before && l.proven.Load()
	})
	var still bool
	if err := d.Pool().QueryRow(t.Context(), `select exists (select from pg_stat_activity where pid = $1)`, before).Scan(&still); err != nil || !still {
		t.Errorf("the backend of the silent connection is there: %t, %v; the test is about one that is", still, err)
	}
}

// Webhooks are on at the door and off in the workshop: the log says so, once.
func TestAProcessorWithoutASecretSaysThatWebhooksAreDue(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, d, "", "")
	for range 2 {
		dbtest.Eventually(t, "the processor listens", l.proven.Load)
		if err := d.Notify(t.Context(), channelWebhook, ""); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Eventually(t, "the log says what is missing", func() bool { return l.log.Count("webhooks are due", "WEBHOOK_SECRET") == 1 })
	l.notified(channelWebhook, "")
	if n := l.log.Count("webhooks are due"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}

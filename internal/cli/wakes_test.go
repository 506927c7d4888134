package cli

import (
	"context"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/config"
)

// listening is a processor's wake-ups, running on a database of their own.
type listening struct {
	*wakes
	db *dbtest.DB
}

func startWakes(t *testing.T, through string) *listening {
	t.Helper()
	d := dbtest.New(t)
	h, err := openHouse(t.Context(), Env{Stderr: io.Discard}, config.Config{
		DatabaseURL: d.URL, ListenURL: or(through, d.URL), SupabaseURL: "http://127.0.0.1:1", ServiceKey: "unused",
		JWTSecret: testSecret, Bucket: "forecast-uploads", Slots: 1,
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	_, w := h.workshop(0)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		h.close()
	})
	return &listening{w, d}
}

// holder is the backend that holds the lock of life, 0 when none does.
func (l *listening) holder(t *testing.T) int {
	t.Helper()
	var pid int
	err := l.db.Pool().QueryRow(t.Context(), `
		select pid from pg_locks
		where locktype = 'advisory' and granted and objsubid = 1
			and database = (select oid from pg_database where datname = current_database())
			and (classid::bigint << 32) + objid::bigint = $1`, l.key).Scan(&pid)
	if err != nil && err != pgx.ErrNoRows {
		t.Fatal(err)
	}
	return pid
}

func TestWakeUpsAreProvenByANotificationThatComesBack(t *testing.T) {
	t.Parallel()
	l := startWakes(t, "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	if l.lock.Load() != l.key || l.holder(t) == 0 {
		t.Errorf("lock of life %d is told, held by backend %d; want %d held", l.lock.Load(), l.holder(t), l.key)
	}
}

func TestWakeUpsComeBackAfterTheConnectionWasCut(t *testing.T) {
	t.Parallel()
	l := startWakes(t, "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	before := l.holder(t)
	for range 2 {
		l.db.Exec(t, `select pg_terminate_backend($1)`, before)
		dbtest.Eventually(t, "another connection holds the lock of life", func() bool {
			pid := l.holder(t)
			return pid != 0 && pid != before
		})
		dbtest.Eventually(t, "it is proven again, and told", func() bool { return l.proven.Load() && l.lock.Load() == l.key })
		before = l.holder(t)
	}
}

func TestTwoProcessesProbeOnOneChannel(t *testing.T) {
	t.Parallel()
	l := startWakes(t, "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	for range 20 {
		l.db.Exec(t, `select pg_notify('pgcast_probe', 'somebody else')`)
	}
	if !l.roundTrip(t.Context()) {
		t.Error("the probes of others drown ours")
	}
}

func TestAProbeThatCameTooLateIsForgotten(t *testing.T) {
	t.Parallel()
	l := startWakes(t, "")
	dbtest.Eventually(t, "a probe came back", l.proven.Load)
	l.probes <- l.id + " late"
	if !l.roundTrip(t.Context()) {
		t.Error("a late probe keeps the next one out")
	}
}

// Through a transaction pooler LISTEN is taken and nothing arrives.
func TestWakeUpsThatDoNotArriveAreNotProven(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, pooler(t, d.URL, transactions))
	dbtest.Eventually(t, "it listens", func() bool { return l.lock.Load() != 0 })
	if l.roundTrip(t.Context()) || l.proven.Load() {
		t.Error("a transaction pooler was taken for a connection that carries LISTEN")
	}
}

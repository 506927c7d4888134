package notifier_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localpg"
	"github.com/pgcast/pgcast/notifier/feed"
)

// frugal is a server of its own that keeps next to no WAL for slots.
func frugal(t *testing.T) *dbtest.DB {
	t.Helper()
	server, err := localpg.Start(t.Context(), localpg.Config{Ephemeral: true,
		Settings: map[string]string{"wal_level": "logical", "max_slot_wal_keep_size": "1MB", "min_wal_size": "32MB", "max_wal_size": "48MB"}})
	if err != nil {
		t.Fatalf("start postgres: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Errorf("stop postgres: %v", err)
		}
	})
	if err := db.Shim(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), server.URL(), nil); err != nil {
		t.Fatal(err)
	}
	pool, err := db.Open(t.Context(), server.URL(), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &dbtest.DB{DB: pool, URL: server.URL()}
}

// A server that has more WAL to keep for a slot than it may takes the slot away
// (max_slot_wal_keep_size; Supabase sets it).
func TestSlotThatIsTakenAwayHeals(t *testing.T) {
	t.Parallel()
	d := frugal(t)
	b := beside(t, d, feed.Replication)
	user := newUser()
	c := b.connect(t, user)
	c.follow(t)
	slot := func() (name string) {
		err := d.Pool().QueryRow(context.Background(), `select coalesce(max(slot_name), '') from pg_replication_slots where active`).Scan(&name)
		if err != nil {
			t.Fatalf("read the slots: %v", err)
		}
		return name
	}
	before := slot()
	var made []job.ID
	dbtest.Eventually(t, "another slot", func() bool {
		for range 4 {
			made = append(made, d.Job(t, user, "").ID)
			d.Exec(t, `select pg_switch_wal()`)
		}
		d.Exec(t, `checkpoint`)
		now := slot()
		return now != "" && now != before
	})
	made = append(made, d.Job(t, user, "").ID)
	for i, id := range made {
		if f := c.next(t); f.Type != "job" || f.Op != "insert" || f.Job.ID != id {
			t.Fatalf("job %d of %d: got %s, want the insert of %s", i, len(made), f.raw, id)
		}
	}
	b.serves(t, feed.Replication)
	var lost int
	if err := d.Pool().QueryRow(t.Context(), `select count(*) from pg_replication_slots where slot_name = $1`, before).Scan(&lost); err != nil || lost > 0 {
		t.Errorf("%d slots that were taken away are left, %v", lost, err)
	}
	if log := b.log.String(); !strings.Contains(log, "status source is away") {
		t.Errorf("the log says nothing of it: %s", log)
	}
}

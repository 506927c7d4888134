package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

func TestListenerComesBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	connected, lost := make(chan uint32, 10), make(chan error, 10)
	heardOf := make(chan string, 10)
	refuse := true
	l := db.Listener{
		URL: d.URL, Channels: []string{"pgcast_wake", `odd "name"`},
		OnConnect: func(_ context.Context, conn *pgx.Conn) error {
			if refuse { // the first greeting fails, and the listener tries again
				refuse = false
				return errors.New("not yet")
			}
			connected <- conn.PgConn().PID()
			return nil
		},
		OnNotify: func(channel, payload string) { heardOf <- channel + payload },
		OnLost:   func(err error) { lost <- err },
	}
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()

	if err := receive(t, lost); err == nil {
		t.Error("a refused greeting is no loss")
	}
	pid := receive(t, connected)
	d.Job(t, newUser(), `{}`)
	if got := receive(t, heardOf); got != "pgcast_wake" {
		t.Errorf("heard of %q", got)
	}
	d.Exec(t, `select pg_notify('odd "name"', 'x')`)
	if got := receive(t, heardOf); got != `odd "name"x` {
		t.Errorf("heard of %q", got)
	}

	d.Exec(t, `select pg_terminate_backend($1)`, pid)
	receive(t, lost)
	if again := receive(t, connected); again == pid {
		t.Error("the same connection")
	}
	d.Job(t, newUser(), `{}`)
	receive(t, heardOf)

	cancel()
	if err := receive(t, ended); err != nil {
		t.Errorf("run: %v, want nil after the end of its context", err)
	}
}

func receive[T any](t *testing.T, from <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(time.Minute):
		t.Fatal("waited ten seconds for a signal")
	}
	return got
}

// Whoever lives on NOTIFY gets each change of status, and only while they ask.
func TestStatusIsSentWhileItIsWanted(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	listener := d.Connect(t)
	if _, err := listener.Exec(ctx, `listen pgcast_status; listen done`); err != nil {
		t.Fatal(err)
	}
	type notice struct {
		ID        job.ID     `json:"id"`
		UserID    job.UserID `json:"user_id"`
		Version   int64      `json:"version"`
		Op        string     `json:"op"`
		Status    job.Status `json:"status"`
		OldStatus job.Status `json:"old_status"`
	}
	notices := func() (all []notice) {
		d.Exec(t, `notify done`)
		for {
			n, err := listener.WaitForNotification(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n.Channel == "done" {
				return all
			}
			var one notice
			if err := json.Unmarshal([]byte(n.Payload), &one); err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
	}

	id := d.Job(t, user, `{}`).ID
	if got := notices(); len(got) != 0 {
		t.Errorf("nobody asked, and got %v", got)
	}
	if err := d.WantStatus(ctx, "n", true); err != nil {
		t.Fatal(err)
	}
	c := claimOne(t, d, "p")
	if err := completeOne(ctx, d, c); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ctx, user, id); err != nil {
		t.Fatal(err)
	}
	want := []notice{
		{id, user, 2, "UPDATE", job.Processing, job.Pending},
		{id, user, 3, "UPDATE", job.Completed, job.Processing},
		{id, user, 4, "DELETE", "", job.Completed},
	}
	got := notices()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}

	if err := d.WantStatus(ctx, "n", false); err != nil {
		t.Fatal(err)
	}
	d.Job(t, user, `{}`)
	d.Exec(t, `update pgcast.notifiers set wants_status = true, heartbeat_at = now() - interval '31 seconds'`)
	d.Job(t, user, `{}`)
	if got := notices(); len(got) != 0 {
		t.Errorf("nobody alive asks, and got %v", got)
	}
}

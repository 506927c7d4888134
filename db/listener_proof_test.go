package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
)

// Whoever listens may ask for proof that notifications arrive.
func TestAListenerIsProven(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const lost = "a payload that somebody took for another"
	sent := []func(ctx context.Context, payload string) error{
		func(context.Context, string) error { return errors.New("no way to send") }, // asked again soon
		func(ctx context.Context, payload string) error { return d.Notify(ctx, "pgcast_probe", payload) },
		func(ctx context.Context, _ string) error { return d.Notify(ctx, "pgcast_probe", lost) },
	}
	proofs, heard := make(chan bool, 10), make(chan string, 10)
	l := db.Listener{
		URL: d.URL, Channels: []string{"pgcast_probe"},
		Prove: func(ctx context.Context, payload string) error {
			send := sent[0]
			if len(sent) > 1 {
				sent = sent[1:]
			}
			return send(ctx, payload)
		},
		OnProof: func(ctx context.Context, conn *pgx.Conn, proven bool) error {
			proofs <- proven
			return conn.Ping(ctx) // which it may use
		},
		OnNotify:   func(_, payload string) { heard <- payload },
		ProofEvery: 50 * time.Millisecond, ProofTimeout: 500 * time.Millisecond,
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	for i, want := range []bool{true, false, false} {
		if got := receive(t, proofs); got != want {
			t.Errorf("proof %d is %t, want %t", i, got, want)
		}
	}
	if got := receive(t, heard); got != lost {
		t.Errorf("heard of %q instead of what others sent", got)
	}
	cancel()
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
}

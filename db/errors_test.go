package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// A server that ends the connections is a trouble that passes; the next call
// finds it again.
func TestEndedConnectionsAreUnavailableAndComeBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	pool, err := db.Open(t.Context(), d.URL, db.Options{MaxConns: 1, AppName: "to be cut"})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	d.Exec(t, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be cut'`)
	if _, err := pool.Rows(t.Context(), []job.ID{job.NewID()}); err != nil && !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("a cut connection gave %v", err)
	}
	if _, err := pool.Rows(t.Context(), []job.ID{job.NewID()}); err != nil {
		t.Errorf("the next call gave %v", err)
	}
	if _, err := db.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", db.Options{}); err == nil {
		t.Error("a database that is not there was opened")
	}
}

// An operator's transaction may hold a row for long.
func TestALockedRowIsUnavailable(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	id := d.Job(t, user, "").ID
	tx, err := d.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `select from jobs where id = $1 for update`, id.String()); err != nil {
		t.Fatal(err)
	}
	err = d.Together(t.Context(), func(ctx context.Context) error { return d.Expect(ctx, user, id, nil) })
	if !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("a locked row gave %v", err)
	}
}

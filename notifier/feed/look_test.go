package feed

import (
	"context"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
)

func TestTheLookoutKnowsThePastFromTheFuture(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	open, err := d.Connect(t).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var mine int64
	if err := open.QueryRow(ctx, `select pg_current_xact_id()::text::bigint`).Scan(&mine); err != nil {
		t.Fatal(err)
	}
	var ended int64 // begun after the open one
	if err := d.Pool().QueryRow(ctx, `select pg_current_xact_id()::text::bigint`).Scan(&ended); err != nil {
		t.Fatal(err)
	}
	l := lookout{url: d.URL}
	defer l.close(ctx)
	for _, c := range []struct {
		what string
		xid  uint32
		want bool
	}{
		{"one that has ended", uint32(ended), true}, {"the open one", uint32(mine), false}, {"one of the future", uint32(mine + 1e6), false},
		{"one of two billion ago", uint32(mine - 1<<31 + 1e6), true},
	} {
		if s, err := l.look(ctx); err != nil || s.shows(c.xid) != c.want || s.begun > uint32(mine) || s.written == 0 {
			t.Errorf("%s: %+v, %v; want it to show: %v", c.what, s, err, c.want)
		}
	}
	if err := open.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pool().Exec(ctx, `select pg_terminate_backend($1)`, l.conn.PID()); err != nil {
		t.Fatal(err)
	}
	if s, err := l.look(ctx); err != nil || !s.shows(uint32(mine)) {
		t.Errorf("after its commit, on a connection that was lost: %+v, %v", s, err)
	}
}

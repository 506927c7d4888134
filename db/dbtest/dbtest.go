// Package dbtest gives each test a migrated database of its own, on a private
// Postgres that lives as long as the test process.
//
// The database is a copy of a template, which takes some 50 ms. That of a test
// that fails is left behind, with a line in the log that says how to look at it.
//
// A package whose tests use it stops the server in its TestMain:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/job"
)

// DB is a database of one test. Its calls are those of [db.DB].
type DB struct {
	*db.DB
	URL string // superuser; direct, good for LISTEN and replication
}

// New makes a migrated database for t, and drops it when t has passed.
func New(t testing.TB) *DB {
	t.Helper()
	return newFrom(t, shared.template(t))
}

// NewEmpty makes a database without tables for t: roles and shim, or nothing
// at all of Supabase when shim is false.
func NewEmpty(t testing.TB, shim bool) *DB {
	t.Helper()
	shared.start(t)
	d := newFrom(t, "template0")
	if shim {
		must(t, "add the shim", db.Shim(t.Context(), d.URL))
	}
	return d
}

var serial atomic.Int64

func newFrom(t testing.TB, template string) *DB {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("test_%d", serial.Add(1))
	shared.exec(t, fmt.Sprintf("create database %s template %s", name, template))
	address := withDatabase(shared.server.URL(), name)
	pool, err := db.Open(ctx, address, db.Options{AppName: "dbtest"})
	must(t, "open database", err)
	t.Cleanup(func() {
		pool.Close()
		if t.Failed() {
			t.Logf("left for inspection: database %s in the cluster %s", name, shared.keep())
			return
		}
		shared.exec(t, fmt.Sprintf("drop database if exists %s with (force)", name))
	})
	return &DB{DB: pool, URL: address}
}

// AsUser connects as a user: the role authenticated with the user's claims.
func (d *DB) AsUser(t testing.TB, user job.UserID) *pgx.Conn {
	t.Helper()
	return d.as(t, "authenticated", fmt.Sprintf(`{"sub": %q, "role": "authenticated"}`, user))
}

// AsAnon connects as somebody who is not signed in.
func (d *DB) AsAnon(t testing.TB) *pgx.Conn {
	t.Helper()
	return d.as(t, "anon", `{"role": "anon"}`)
}

// AsService connects as the service role.
func (d *DB) AsService(t testing.TB) *pgx.Conn {
	t.Helper()
	return d.as(t, "service_role", `{"role": "service_role"}`)
}

func (d *DB) as(t testing.TB, role, claims string) *pgx.Conn {
	t.Helper()
	conn := d.Connect(t)
	_, err := conn.Exec(context.Background(), `select set_config('role', $1, false), set_config('request.jwt.claims', $2, false)`, role, claims)
	must(t, "become "+role, err)
	return conn
}

// Connect opens a connection of the test's own, as the superuser.
func (d *DB) Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, d.URL)
	must(t, "connect", err)
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

// Exec runs SQL as the superuser, as an operator would in psql.
func (d *DB) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := d.Pool().Exec(context.Background(), sql, args...)
	must(t, sql, err)
}

// Job creates a job of the user; with params it is queued.
func (d *DB) Job(t testing.TB, user job.UserID, params string) job.Detail {
	t.Helper()
	id := job.NewID()
	made, err := d.Create(context.Background(), user, job.Upload{
		ID: id, InputPath: fmt.Sprintf("%s/%s/input.csv", user, id), FileName: "sales.csv", FileBytes: 1234,
		Columns: []byte(`[{"name": "month"}]`), TimeCandidates: []byte(`[]`), Preview: []byte(`[]`),
		Profile: []byte(`{"rows": 144}`), Params: []byte(params),
	})
	must(t, "create job", err)
	return made
}

// Eventually waits until done answers true, for at most two minutes: only what hangs is found by it.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited two minutes for: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// withDatabase is the URL with another database name.
func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return strings.Replace(address, "dbname=postgres", "dbname="+name, 1)
	}
	u.Path = "/" + name
	return u.String()
}

func must(t testing.TB, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

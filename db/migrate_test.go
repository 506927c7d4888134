package db_test

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/schema"
)

func TestSeveralMigrateAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t, true)
	if err := d.Current(t.Context()); err == nil {
		t.Error("an empty database is current")
	}
	var all errgroup.Group
	for range 4 {
		all.Go(func() error { return db.Migrate(t.Context(), d.URL, nil) })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := d.Current(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMigrateRefusesATransactionPooler(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t, true)
	if err := db.Migrate(t.Context(), d.Bouncer(t, "transaction"), nil); !errors.Is(err, db.ErrPooled) || !strings.Contains(err.Error(), "DATABASE_LISTEN_URL") {
		t.Errorf("through a transaction pooler: %v", err)
	}
	var made bool
	if err := d.Pool().QueryRow(t.Context(), `select to_regnamespace('pgcast') is not null`).Scan(&made); err != nil || made {
		t.Errorf("it made the schema all the same: %v, %v", made, err)
	}
	if err := db.Migrate(t.Context(), d.Bouncer(t, "session"), nil); err != nil {
		t.Errorf("through a session pooler: %v", err)
	}
	// One that is known by its name is not even asked.
	if err := db.Migrate(t.Context(), "postgres://postgres.abcdefghijklmnopqrst:x@aws-0-eu-central-1.pooler.supabase.com:6543/postgres", nil); !errors.Is(err, db.ErrPooled) {
		t.Errorf("the pooler of a project: %v", err)
	}
}

func TestKindsAreKnownByHostAndPort(t *testing.T) {
	t.Parallel()
	const ref = "abcdefghijklmnopqrst"
	for url, want := range map[string]db.Kind{
		"postgres://postgres:x@db." + ref + ".supabase.co:5432/postgres":                         db.Direct,
		"postgres://postgres:x@db." + ref + ".supabase.co/postgres":                              db.Direct,
		"host=db." + ref + ".supabase.co user=postgres":                                          db.Direct,
		"postgres://postgres:x@db." + ref + ".supabase.co:6543/postgres":                         db.TransactionPooler,
		"postgres://postgres." + ref + ":x@aws-0-eu-central-1.pooler.supabase.com:6543/postgres": db.TransactionPooler,
		"postgres://postgres." + ref + ":x@aws-0-eu-central-1.pooler.supabase.com:5432/postgres": db.SessionPooler,
		"postgres://postgres@db.example.com:6543/postgres":                                       "",
		"postgres://postgres@127.0.0.1/postgres":                                                 "",
		"mysql://x":                                                                              "",
	} {
		if got := db.Named(url); got != want {
			t.Errorf("%s is called %q, want %q", url, got, want)
		}
	}
}

func TestMigrateNeedsTheRoles(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t, false)
	if err := db.Migrate(t.Context(), d.URL, nil); err == nil || !strings.Contains(err.Error(), "shim") {
		t.Errorf("without the shim: %v", err)
	}
}

func TestShimMayRunAgainButNotOnSupabase(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t, true)
	if err := db.Shim(t.Context(), d.URL); err != nil {
		t.Errorf("again: %v", err)
	}
	d.Exec(t, `create table auth.users (id uuid primary key)`)
	if err := db.Shim(t.Context(), d.URL); err == nil || !strings.Contains(err.Error(), "Supabase") {
		t.Errorf("on a Supabase project: %v", err)
	}
}

// Each tool counts what the other has applied.
func TestSupabaseCLIHistoryIsShared(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.NewEmpty(t, true), t.Context()
	d.Exec(t, `
		create schema supabase_migrations;
		create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text);`)

	files, err := filepath.Glob("../schema/2*.sql")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files[:2] { // what the CLI does
		name := filepath.Base(file)
		text, err := schema.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d.Exec(t, string(text))
		version, rest, _ := strings.Cut(name, "_")
		d.Exec(t, `insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)`, version, rest)
	}

	if err := db.Migrate(ctx, d.URL, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Current(ctx); err != nil {
		t.Error(err)
	}
	var recorded int
	err = d.Pool().QueryRow(ctx, `select count(*) from supabase_migrations.schema_migrations`).Scan(&recorded)
	if err != nil || recorded != len(files) {
		t.Errorf("the CLI knows %d of %d migrations, %v", recorded, len(files), err)
	}
}

// supabasePostgres makes what a project's role postgres finds, and returns it: no
// superuser, and the schema auth and the table storage.objects belong to others.
func supabasePostgres(t *testing.T, d *dbtest.DB) (role string) {
	t.Helper()
	name := databaseName(t, d)
	role = "postgres_of_" + name
	d.Exec(t, fmt.Sprintf(`
		create role %[1]s login password 'secret' nosuperuser createdb createrole replication bypassrls;
		grant anon, authenticated, service_role to %[1]s;
		grant usage on schema auth to %[1]s;
		alter database %[2]s owner to %[1]s;
		grant create on schema public to %[1]s;
		alter default privileges for role %[1]s in schema public grant all on tables to anon, authenticated, service_role;
		alter default privileges for role %[1]s in schema public grant all on functions to anon, authenticated, service_role;
		alter default privileges for role %[1]s in schema public grant all on sequences to anon, authenticated, service_role;
		create schema storage;
		grant usage on schema storage to %[1]s, authenticated, anon;
		create table storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text, name text);
		alter table storage.objects enable row level security;
		grant all on storage.objects to authenticated, anon, service_role;
		create policy "Service role full access" on storage.objects for all using (bucket_id = 'forecast-uploads');
		alter table storage.objects owner to %[1]s`, role, name))
	t.Cleanup(func() {
		d.Exec(t, fmt.Sprintf(`alter database %[2]s owner to current_user; reassign owned by %[1]s to current_user; drop owned by %[1]s; drop role %[1]s`, role, name))
	})
	return role
}

// The Supabase CLI sends each file as one implicit transaction, as the role
// postgres, in the order of the names. An older project's default privileges give
// everything in public to everyone; the files take it back.
func TestMigrationsRunThroughTheSupabaseCLI(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.NewEmpty(t, true), t.Context()
	role := supabasePostgres(t, d)
	conn, err := pgx.Connect(ctx, as(t, d.URL, role))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `
		create schema supabase_migrations;
		create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text)`); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../schema/2*.sql")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		text, err := schema.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(text)), "concurrently") {
			t.Errorf("%s cannot run in a transaction", name)
		}
		version, _, _ := strings.Cut(name, "_")
		if _, err := conn.PgConn().Exec(ctx, string(text)+"\n;insert into supabase_migrations.schema_migrations (version) values ('"+version+"')").ReadAll(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	checkClosed(t, d)
	if err := db.Migrate(ctx, as(t, d.URL, role), nil); err != nil {
		t.Fatalf("afterwards: %v", err)
	}
	if err := d.Current(ctx); err != nil {
		t.Error(err)
	}
	checkClosed(t, d)
}

func TestMigrationsRunAsSupabasePostgres(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.NewEmpty(t, true), t.Context()
	role := supabasePostgres(t, d)
	if err := db.Migrate(ctx, as(t, d.URL, role), nil); err != nil {
		t.Fatal(err)
	}
	checkClosed(t, d)
	checkObjects(t, d)

	own, err := db.Open(ctx, as(t, d.URL, role), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	mine := &dbtest.DB{DB: own, URL: as(t, d.URL, role)}
	done, _ := jobIn(t, mine, newUser(), "completed")
	if _, err := own.Pool().Exec(ctx, `update jobs set status = 'pending' where id = $1::uuid`, done.ID.String()); err != nil {
		t.Error(err)
	}
	claimOne(t, mine, "again")
}

// Where nobody is a superuser the roles are made by one that may make roles.
// From 16 on this lets it administer them, and no more; on 15 it may not make
// one that bypasses row security.
func TestShimGivesTheMakerOfTheRolesTheirUse(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.NewEmpty(t, false), t.Context()
	if s, err := d.Server(ctx); err != nil {
		t.Fatal(err)
	} else if s.VersionNumber < 160000 {
		t.Skip("needs Postgres 16 or newer")
	}
	dbtest.NewEmpty(t, true) // the roles are there
	name := databaseName(t, d)
	role := "maker_of_" + name
	d.Exec(t, fmt.Sprintf(`
		create role %[1]s login password 'secret' nosuperuser createrole bypassrls;
		grant anon, authenticated, service_role to %[1]s with admin true, inherit false, set false;
		alter database %[2]s owner to %[1]s`, role, name))
	t.Cleanup(func() {
		d.Exec(t, fmt.Sprintf(`alter database %[2]s owner to current_user; reassign owned by %[1]s to current_user; drop owned by %[1]s; drop role %[1]s`, role, name))
	})
	own, err := db.Open(ctx, as(t, d.URL, role), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()

	if s, err := own.Server(ctx); err != nil || s.MayActForUsers {
		t.Errorf("before: may act for users %v, %v", s.MayActForUsers, err)
	}
	if err := db.Shim(ctx, as(t, d.URL, role)); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx, as(t, d.URL, role), nil); err != nil {
		t.Fatal(err)
	}
	if s, err := own.Server(ctx); err != nil || !s.MayActForUsers {
		t.Errorf("after: may act for users %v, %v", s.MayActForUsers, err)
	}
	if _, err := own.Snapshot(ctx, newUser(), nil); err != nil {
		t.Error(err)
	}
}

// as is the URL with another role, which passes by trust or by its password.
func as(t *testing.T, address, role string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "secret")
	if q := u.Query(); q.Has("user") {
		q.Set("user", role)
		u.RawQuery = q.Encode()
	}
	return u.String()
}

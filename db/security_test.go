package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// leaks finds in the catalogue what must not be there; each query answers with
// the names of offenders.
var leaks = map[string]string{
	"tables without row level security": `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('r', 'p') and not c.relrowsecurity`,
	"views that are not security_invoker": `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('v', 'm')
			and not coalesce('security_invoker=true' = any (c.reloptions), false)`,
	"functions without search_path = ''": `
		select p.oid::regprocedure::text from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and not coalesce('search_path=""' = any (p.proconfig), false)`,
	"functions that PUBLIC or anon may execute": `
		select p.oid::regprocedure::text from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and (has_function_privilege('anon', p.oid, 'execute') or p.proacl is null
				or exists (select from aclexplode(p.proacl) a where a.grantee = 0))`,
	"policies for PUBLIC, or with true": `
		select schemaname || '.' || tablename || ': ' || policyname from pg_policies
		where schemaname in ('public', 'pgcast', 'storage') and (roles && '{public,anon}' or qual = 'true' or with_check = 'true')`,
	"tables, views and sequences that anon or PUBLIC may touch": `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm', 'S')
			and (exists (select from aclexplode(c.relacl) a where a.grantee in (0, 'anon'::regrole))
				or exists (select from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = c.oid and a.grantee in (0, 'anon'::regrole)))`,
	"tables that a user may write": `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm', 'S')
			and exists (select from aclexplode(c.relacl) a where a.grantee = 'authenticated'::regrole and a.privilege_type <> 'SELECT')`,
	"schema pgcast that anon may use": `
		select 'pgcast' where has_schema_privilege('anon', 'pgcast', 'usage')`,
}

// checkClosed walks the catalogue.
func checkClosed(t *testing.T, d *dbtest.DB) {
	t.Helper()
	for what, sql := range leaks {
		rows, err := d.Pool().Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(names) > 0 {
			t.Errorf("%s: %s", what, strings.Join(names, ", "))
		}
	}
}

func TestCatalogueIsClosed(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	checkClosed(t, d)

	// The walk finds what it looks for.
	d.Exec(t, `
		create table leak (id int); grant select on leak to anon;
		create view leaky as select * from jobs;
		create function leaking() returns int language sql as 'select 1';
		create policy "open" on jobs for all using (true)`)
	for what, sql := range leaks {
		if what == "tables that a user may write" || what == "schema pgcast that anon may use" {
			continue
		}
		var n int
		if err := d.Pool().QueryRow(t.Context(), `select count(*) from (`+sql+`) x`).Scan(&n); err != nil || n == 0 {
			t.Errorf("%s: found %d, %v", what, n, err)
		}
	}
}

// relations are all that could be read, and verbs all that could be called.
var relations = []string{"jobs", "job_runs", "job_events", "processors", "jobs_live", "pgcast.tickets", "pgcast.notifiers", "pgcast.leftovers", "pgcast.goose_db_version"}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	d, a, b := dbtest.New(t), newUser(), newUser()
	jobIn(t, d, a, "completed")
	jobIn(t, d, b, "completed")
	jobIn(t, d, b, "processing")
	if _, _, err := d.Ticket(t.Context(), a); err != nil {
		t.Fatal(err)
	}

	const denied = -1
	see := map[string]struct {
		conn *pgx.Conn
		want map[string]int // rows of each relation; denied where absent
	}{
		"anon":    {d.AsAnon(t), nil},
		"user a":  {d.AsUser(t, a), map[string]int{"jobs": 1, "job_runs": 1, "job_events": 3}},
		"user b":  {d.AsUser(t, b), map[string]int{"jobs": 2, "job_runs": 2, "job_events": 5}},
		"nobody":  {d.AsUser(t, newUser()), map[string]int{"jobs": 0, "job_runs": 0, "job_events": 0}},
		"service": {d.AsService(t), map[string]int{"jobs": 3, "job_runs": 3, "job_events": 8, "processors": 1, "jobs_live": 1, "pgcast.tickets": 1, "pgcast.notifiers": 0, "pgcast.leftovers": 0}},
	}
	for who, s := range see {
		for _, relation := range relations {
			want, granted := s.want[relation]
			if !granted {
				want = denied
			}
			got := denied
			if err := s.conn.QueryRow(t.Context(), `select count(*) from `+relation).Scan(&got); err != nil && !isDenied(err) {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s sees %d rows of %s, want %d", who, got, relation, want)
			}
		}
	}
}

func TestUsersWriteThroughTheirVerbsAlone(t *testing.T) {
	t.Parallel()
	d, a, b := dbtest.New(t), newUser(), newUser()
	theirs, claim := jobIn(t, d, b, "processing")
	before := fingerprint(t, d)

	attempts := []string{
		`update jobs set status = 'pending'`,
		`delete from jobs`,
		`insert into jobs (user_id) values (gen_random_uuid())`,
		`truncate jobs cascade`,
		`update job_runs set folder = 'x'`,
		`delete from job_events`,
		`insert into job_events (job_id, user_id, status, version, actor) values (gen_random_uuid(), gen_random_uuid(), 'x', 1, 'x')`,
		`insert into processors (id) values ('x')`,
		`select pgcast.claim('x', 10)`,
		`select pgcast.rescue()`,
		`select pgcast.fail('` + claim.ID.String() + `', 1, 'x', 'x', false)`,
		`select pgcast.complete(array['` + claim.ID.String() + `']::uuid[], '{1}', '{x}', '{x}', '{null}', '{x}', '{null}')`,
		`select pgcast.redeem_ticket('x')`,
		`select pgcast.own_job('` + theirs.ID.String() + `')`,
		`select nextval('pgcast.fences')`,
		`create table public.mine (id int)`,
	}
	for who, conn := range map[string]*pgx.Conn{"anon": d.AsAnon(t), "user": d.AsUser(t, a)} {
		for _, sql := range attempts {
			if _, err := conn.Exec(t.Context(), sql); !isDenied(err) {
				t.Errorf("%s: %s: %v, want denied", who, sql, err)
			}
		}
	}
	for _, sql := range []string{`select pgcast.cancel_job('` + theirs.ID.String() + `')`, `select pgcast.issue_ticket()`} {
		if _, err := d.AsAnon(t).Exec(t.Context(), sql); !isDenied(err) {
			t.Errorf("anon: %s: %v, want denied", sql, err)
		}
	}

	// An input outside the job's own folder would let a service read it for them.
	id := job.NewID()
	for _, path := range []string{b.String() + "/" + theirs.ID.String() + "/input.csv", a.String() + "/" + id.String() + "/../x.csv", ""} {
		if _, err := d.Create(t.Context(), a, job.Upload{ID: id, InputPath: path}); err == nil {
			t.Errorf("created a job with the input %q", path)
		}
	}
	if after := fingerprint(t, d); after != before {
		t.Errorf("rows changed:\n%s\n%s", before, after)
	}
}

// checkObjects tries the policies on storage.objects.
func checkObjects(t *testing.T, d *dbtest.DB) {
	t.Helper()
	a, b, ctx := newUser(), newUser(), context.Background()
	put := func(conn *pgx.Conn, name string) error {
		_, err := conn.Exec(ctx, `insert into storage.objects (bucket_id, name) values ('forecast-uploads', $1)`, name)
		return err
	}
	userA, userB, anon := d.AsUser(t, a), d.AsUser(t, b), d.AsAnon(t)
	if err := put(userA, a.String()+"/j/input.csv"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{b.String() + "/j/input.csv", a.String() + "/j/output.json", a.String() + "/j/runs/r/1/input.csv", a.String() + "/runs/x", "x.csv"} {
		if err := put(userA, name); !isDenied(err) {
			t.Errorf("user a put %s: %v", name, err)
		}
	}
	if err := put(anon, a.String()+"/j/input.csv"); !isDenied(err) {
		t.Errorf("anon put: %v", err)
	}
	for who, s := range map[string]struct {
		conn *pgx.Conn
		want int
	}{"user a": {userA, 1}, "user b": {userB, 0}, "anon": {anon, 0}} {
		var n int
		if err := s.conn.QueryRow(ctx, `select count(*) from storage.objects`).Scan(&n); err != nil || n != s.want {
			t.Errorf("%s sees %d objects, %v; want %d", who, n, err, s.want)
		}
		if tag, err := s.conn.Exec(ctx, `delete from storage.objects`); err == nil && tag.RowsAffected() > 0 {
			t.Errorf("%s removed %d objects", who, tag.RowsAffected())
		}
	}
}

// isDenied reports whether Postgres refused for want of a right.
func isDenied(err error) bool { return err != nil && strings.Contains(err.Error(), "SQLSTATE 42501") }

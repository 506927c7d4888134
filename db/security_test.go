package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// leak is something that must not be in the catalogue: the query answers with
// the names of offenders. Each of the plants is one that it finds.
type leak struct {
	what, sql string
	plants    []string
}

// verbs are the functions that users may execute.
const verbs = `'create_job', 'request_run', 'reprocess', 'cancel_job', 'delete_job', 'issue_ticket',
	'recall', 'remember', 'key_used', 'expect_version', 'quotas_of', 'usage', 'spend'`

var leaks = []leak{
	{"tables without row level security", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('r', 'p') and not c.relrowsecurity`, []string{
		`create table planted (id int)`, `create table pgcast.planted (id int)`, `create table planted (id int) partition by range (id)`,
		`alter table job_runs disable row level security`,
	}},
	{"views that are not security_invoker", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('v', 'm')
			and not coalesce('security_invoker=true' = any (c.reloptions), false)`, []string{
		`create view planted as select * from jobs`, `create materialized view planted as select * from jobs`, `alter view jobs_live reset (security_invoker)`,
	}},
	{"foreign tables", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind = 'f'`, []string{
		`create foreign data wrapper planted; create server planted foreign data wrapper planted; create foreign table planted (id int) server planted`,
	}},
	{"functions without search_path = ''", `
		select p.oid::regprocedure::text from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and not coalesce('search_path=""' = any (p.proconfig), false)`, []string{
		`create function planted() returns int language sql as 'select 1'`,
		`create function pgcast.planted() returns int language sql set search_path = 'public' as 'select 1'`,
	}},
	{"functions that PUBLIC or anon may execute", `
		select p.oid::regprocedure::text from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and (has_function_privilege('anon', p.oid, 'execute') or p.proacl is null
				or exists (select from aclexplode(p.proacl) a where a.grantee = 0))`, []string{
		`create function pgcast.planted() returns int language sql set search_path = '' as 'select 1'`,
		`grant execute on function pgcast.rescue() to anon`, `grant execute on function pgcast.rescue() to public`,
	}},
	{"functions beside the verbs that users may execute", `
		select p.oid::regprocedure::text from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and has_function_privilege('authenticated', p.oid, 'execute') and p.proname not in (` + verbs + `)`, []string{
		`grant execute on function pgcast.rescue() to authenticated`,
	}},
	{"policies for PUBLIC, or with true", `
		select schemaname || '.' || tablename || ': ' || policyname from pg_policies
		where schemaname in ('public', 'pgcast', 'storage') and (roles && '{public,anon}' or qual = 'true' or with_check = 'true')`, []string{
		`create policy planted on jobs for all using (true)`, `create policy planted on jobs for select to anon using (user_id is not null)`,
		`create policy planted on job_events for select to authenticated using (true)`,
		`create policy planted on pgcast.tickets for insert to authenticated with check (true)`,
		`create policy planted on jobs using ((select auth.uid()) = user_id)`,
	}},
	{"policies that do not ask whose row it is, once for all rows", `
		select schemaname || '.' || tablename || ': ' || policyname from pg_policies
		where schemaname in ('public', 'pgcast') and roles <> '{service_role}'
			and coalesce(qual, '') || coalesce(with_check, '') !~ '^\(\( SELECT auth\.uid\(\) AS uid\) = user_id\)$'`, []string{
		`create policy planted on jobs for select to authenticated using ((select auth.uid()) is not null)`,
		`create policy planted on jobs for select to authenticated using (auth.uid() = user_id)`,
		`create policy planted on jobs for select to authenticated using ((select auth.uid()) = user_id or status = 'completed')`,
	}},
	{"tables, views and sequences that anon or PUBLIC may touch", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and (c.relkind in ('r', 'p', 'v', 'm', 'f') and (
					has_table_privilege('anon', c.oid, 'select, insert, update, delete, truncate, references, trigger')
					or has_any_column_privilege('anon', c.oid, 'select, insert, update, references'))
				or c.relkind = 'S' and has_sequence_privilege('anon', c.oid, 'usage, select, update'))`, []string{
		`grant select on jobs to anon`, `grant select (status) on jobs to anon`, `grant truncate on job_events to public`, `grant usage on sequence pgcast.fences to public`,
		`create role planted; grant select on job_runs to planted; grant planted to anon`,
	}},
	{"tables that a user may write", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace)
			and (c.relkind in ('r', 'p', 'v', 'm', 'f') and (
					has_table_privilege('authenticated', c.oid, 'insert, update, delete, truncate, references, trigger')
					or has_any_column_privilege('authenticated', c.oid, 'insert, update, references'))
				or c.relkind = 'S' and has_sequence_privilege('authenticated', c.oid, 'usage, select, update'))`, []string{
		`grant update on jobs to authenticated`, `grant update (priority) on jobs to authenticated`, `grant delete on webhook_deliveries to authenticated`,
		`grant usage on sequence pgcast.turns to authenticated`,
	}},
	{"tables of the service's that a user may read", `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace = 'pgcast'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
			and (has_table_privilege('authenticated', c.oid, 'select') or has_any_column_privilege('authenticated', c.oid, 'select'))`, []string{
		`grant select on pgcast.tickets to authenticated`,
	}},
	{"schema pgcast that anon may use, or anybody make things in", `
		select 'pgcast' where has_schema_privilege('anon', 'pgcast', 'usage') or has_schema_privilege('authenticated', 'pgcast', 'create')`, []string{
		`grant usage on schema pgcast to anon`, `grant usage on schema pgcast to public`, `grant create on schema pgcast to authenticated`,
	}},
	{"triggers that are off", `
		select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and not tgisinternal and tgenabled <> 'O'`, []string{
		`alter table jobs disable trigger after_insert`, `alter table job_runs enable replica trigger after_end_webhook`,
	}},
}

// open names what a leak lets through.
func (l leak) open(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}) ([]string, error) {
	rows, err := q.Query(ctx, l.sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// checkClosed walks the catalogue.
func checkClosed(t *testing.T, d *dbtest.DB) {
	t.Helper()
	for _, l := range leaks {
		names, err := l.open(t.Context(), d.Pool())
		if err != nil {
			t.Fatalf("%s: %v", l.what, err)
		}
		if len(names) > 0 {
			t.Errorf("%s: %s", l.what, strings.Join(names, ", "))
		}
	}
}

func TestCatalogueIsClosed(t *testing.T) {
	t.Parallel()
	checkClosed(t, dbtest.New(t))
}

// A walk that finds nothing may be looking away.
func TestTheWalkFindsWhatIsOpen(t *testing.T) {
	t.Parallel()
	conn, ctx := dbtest.New(t).Connect(t), t.Context()
	for _, l := range leaks {
		for _, plant := range l.plants {
			tx, err := conn.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, plant); err != nil {
				t.Fatalf("%s: %v", plant, err)
			}
			if names, err := l.open(ctx, tx); err != nil || len(names) == 0 {
				t.Errorf("%s: not found: %s (%v)", l.what, plant, err)
			}
			if err := tx.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// relations are all that could be read.
func relations(t *testing.T, d *dbtest.DB) []string {
	t.Helper()
	rows, err := d.Pool().Query(t.Context(), `
		select c.oid::regclass::text from pg_class c
		where c.relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm', 'f')`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 10 {
		t.Fatalf("the database has %v, %v", names, err)
	}
	return names
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	d, a, b := dbtest.New(t), newUser(), newUser()
	jobIn(t, d, a, "completed")
	jobIn(t, d, b, "completed")
	jobIn(t, d, b, "processing")
	d.Exec(t, `insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload) select forecast_id, job_id, user_id, '', '' from job_runs`)
	if _, _, err := d.Ticket(t.Context(), a); err != nil {
		t.Fatal(err)
	}

	all := relations(t, d)
	const denied = -1
	see := map[string]struct {
		conn *pgx.Conn
		want map[string]int // rows of each relation; denied where absent
	}{
		"anon":    {d.AsAnon(t), nil},
		"user a":  {d.AsUser(t, a), map[string]int{"jobs": 1, "job_runs": 1, "job_events": 3, "webhook_deliveries": 1}},
		"user b":  {d.AsUser(t, b), map[string]int{"jobs": 2, "job_runs": 2, "job_events": 5, "webhook_deliveries": 2}},
		"nobody":  {d.AsUser(t, newUser()), map[string]int{"jobs": 0, "job_runs": 0, "job_events": 0, "webhook_deliveries": 0}},
		"service": {d.AsService(t), map[string]int{"jobs": 3, "job_runs": 3, "job_events": 8, "webhook_deliveries": 3, "processors": 1, "jobs_live": 1, "pgcast.tickets": 1, "pgcast.notifiers": 0, "pgcast.leftovers": 0}},
	}
	for who, s := range see {
		for _, relation := range all {
			want, granted := s.want[relation]
			switch {
			case !granted && who == "service" && relation != "pgcast.goose_db_version":
				continue // it has all of them, the history of the migrations aside
			case !granted:
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
		`update webhook_deliveries set url = 'https://example.com'`,
		`delete from webhook_deliveries`,
		`select * from pgcast.due_webhooks(1)`,
		`select pgcast.claim('x', 10)`,
		`select pgcast.rescue()`,
		`select pgcast.fail('` + claim.ID.String() + `', 1, 'x', 'x', false)`,
		`select pgcast.hold(array['` + claim.ID.String() + `']::uuid[], '{1}')`,
		`select pgcast.complete('{"(0,1)"}'::tid[], '{1}', '{x}', '{x}', '{null}', '{x}', '{null}')`,
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

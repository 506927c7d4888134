package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Leak is something in the database that opens to others what is a user's own,
// or that keeps pgcast from working.
type Leak struct {
	Kind LeakKind
	What string // the policy, table, view, function or trigger
	Fix  string // the SQL that closes it
}

// LeakKind says what is wrong.
type LeakKind string

// The kinds, in the words of a sentence "jobs: …".
const (
	OpenPolicy   LeakKind = "policy open to everyone"
	NoRLS        LeakKind = "row level security is off"
	OwnersView   LeakKind = "view reads with its owner's rights"
	AnonGrant    LeakKind = "granted to anon"
	UserWrites   LeakKind = "writable by users"
	OpenFunction LeakKind = "executable by anon"
	TriggerOff   LeakKind = "trigger is disabled"
)

// relations are pgcast's own, whatever else the database holds.
const relations = `
	select c.oid, c.oid::regclass::text as name, c.relkind, c.relrowsecurity, c.reloptions
	from pg_class c
	where c.relkind in ('r', 'p', 'v', 'm') and (c.relnamespace = to_regnamespace('pgcast') or c.oid in (
		to_regclass('public.jobs'), to_regclass('public.job_runs'), to_regclass('public.job_events'),
		to_regclass('public.processors'), to_regclass('public.jobs_live'), to_regclass('public.webhook_deliveries')))`

// leaks finds one kind each, from the relations and the bucket's name: (what,
// fix). Privileges are asked for with has_…,
// which counts those of PUBLIC and of every role that anon is a member of.
var leaks = []struct {
	kind LeakKind
	sql  string
}{
	{OpenPolicy, `
		select format('%I on %I.%I', policyname, schemaname, tablename), format('drop policy %I on %I.%I;', policyname, schemaname, tablename)
		from pg_policies
		where permissive = 'PERMISSIVE' and roles <> '{service_role}' and (
			format('%I.%I', schemaname, tablename)::regclass in (select oid from relations)
				and (roles && '{public,anon}' or qual = 'true' or with_check = 'true')
			or schemaname = 'storage' and tablename = 'objects'
				and (qual = 'true' or with_check = 'true'
					or roles && '{public,anon}' and position(quote_literal((select name from bucket)) in coalesce(qual, '') || coalesce(with_check, '')) > 0))
		order by 1`},
	{NoRLS, `
		select name, format('alter table %s enable row level security;', name)
		from relations
		where relkind in ('r', 'p') and not relrowsecurity
		order by 1`},
	{OwnersView, `
		select name, format('alter view %s set (security_invoker = true);', name)
		from relations
		where relkind = 'v' and not coalesce(reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false)
		order by 1`},
	{AnonGrant, `
		select name, format('revoke all on %s from anon, public;', name)
		from relations
		where has_table_privilege('anon', oid, 'select, insert, update, delete, truncate, references, trigger')
			or has_any_column_privilege('anon', oid, 'select, insert, update, references')
		order by 1`},
	{UserWrites, `
		select name, format('revoke insert, update, delete, truncate on %s from authenticated;', name)
		from relations
		where has_table_privilege('authenticated', oid, 'insert, update, delete, truncate')
			or has_any_column_privilege('authenticated', oid, 'insert, update')
		order by 1`},
	{OpenFunction, `
		select oid::regprocedure::text, format('revoke all on function %s from anon, public;', oid::regprocedure)
		from pg_proc
		where pronamespace = to_regnamespace('pgcast') and has_function_privilege('anon', oid, 'execute')
		order by 1`},
	{TriggerOff, `
		select format('%s on public.jobs', tgname), format('alter table public.jobs enable trigger %I;', tgname)
		from pg_trigger
		where tgrelid = to_regclass('public.jobs') and not tgisinternal and tgenabled in ('D', 'R')
		order by 1`},
}

// Leaks walks the catalogue. bucket is that of the policies on storage.objects.
// The schema must have been migrated.
func (db *DB) Leaks(ctx context.Context, bucket string) ([]Leak, error) {
	var found []Leak
	for _, l := range leaks {
		rows, err := db.pool.Query(ctx, `with bucket as (select $1::text as name), relations as (`+relations+`)`+l.sql, bucket)
		if err != nil {
			return nil, wrap("look for what is open", err)
		}
		of, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Leak, error) {
			leak := Leak{Kind: l.kind}
			err := row.Scan(&leak.What, &leak.Fix)
			return leak, err
		})
		if err != nil {
			return nil, wrap(fmt.Sprintf("look for a %s", l.kind), err)
		}
		found = append(found, of...)
	}
	return found, nil
}

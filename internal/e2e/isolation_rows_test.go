package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// as connects with a role and the claims of a user, as PostgREST does.
func (s *strangers) as(t *testing.T, role, claims string) *pgx.Conn {
	t.Helper()
	conn := s.connect(t)
	if _, err := conn.Exec(context.Background(), `select set_config('role', $1, false), set_config('request.jwt.claims', $2, false)`, role, claims); err != nil {
		t.Fatal(err)
	}
	return conn
}

// state is the SQLSTATE of an error, "" for none.
func state(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

const insufficientPrivilege = "42501" // PostgreSQL, appendix A

func TestStrangersSeeNoRow(t *testing.T) {
	t.Parallel()
	s := meet(t)
	relations := rows(t, s.world, pgx.RowTo[string], `
		select oid::regclass::text from pg_class
		where relnamespace in ('public'::regnamespace, 'pgcast'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f')`)
	if len(relations) < 8 {
		t.Fatalf("the database has only %v", relations)
	}
	for _, who := range []struct{ role, claims string }{
		{"anon", `{"role": "anon"}`},
		{"anon", fmt.Sprintf(`{"role": "authenticated", "sub": %q}`, s.a.id)}, // claims do not make a role
		{"authenticated", fmt.Sprintf(`{"role": "authenticated", "sub": %q}`, s.b.id)},
		{"authenticated", ``},
	} {
		conn := s.as(t, who.role, who.claims)
		for _, relation := range relations {
			var n int
			err := conn.QueryRow(t.Context(), `select count(*) from `+relation).Scan(&n)
			if code := state(err); code != "" && code != insufficientPrivilege || n != 0 {
				t.Errorf("%s with claims %s sees %d rows of %s, %v", who.role, who.claims, n, relation, err)
			}
		}
		for _, statement := range []string{
			`update public.jobs set status = 'pending'`, `delete from public.jobs`, `update public.job_runs set folder = ''`,
			`insert into public.job_events (job_id, user_id, status, version, actor) values (gen_random_uuid(), gen_random_uuid(), '', 1, '')`,
			`truncate public.jobs`,
		} {
			if _, err := conn.Exec(t.Context(), statement); state(err) != insufficientPrivilege {
				t.Errorf("%s: %s: %v", who.role, statement, err)
			}
		}
	}
	s.checkUntouched(t)
}

// Every function of schema pgcast is called with what is a's, as anon and as
// another user.
func TestStrangersCallNoFunction(t *testing.T) {
	t.Parallel()
	s := meet(t)
	type function struct {
		Name, Call string
		Trigger    bool
	}
	functions := rows(t, s.world, pgx.RowToStructByPos[function], `
		select p.proname, p.oid::regproc || '(' || coalesce(string_agg(
			case a.type
				when 'uuid'::regtype then quote_literal($1::text)
				when 'uuid[]'::regtype then quote_literal(array[$1::text])
				when 'jsonb'::regtype then quote_literal('{}')
				when 'text'::regtype then quote_literal($2::text)
				when 'boolean'::regtype then 'true'
				when 'interval'::regtype then quote_literal('1 day')
				when 'integer'::regtype then '1'
				when 'bigint'::regtype then '1'
				else 'null'
			end || '::' || a.type::regtype, ', ' order by a.place), '') || ')',
			p.prorettype = 'trigger'::regtype
		from pg_proc p left join lateral unnest(p.proargtypes::oid[]) with ordinality as a (type, place) on true
		where p.pronamespace = 'pgcast'::regnamespace
		group by p.oid, p.proname, p.prorettype`,
		s.job.ID.String(), s.keys[0])
	if len(functions) < 20 {
		t.Fatalf("the database has only %v", functions)
	}
	// What users have, and what it says of a job that is not theirs: PC404. To
	// create a job in another's folder breaks a check.
	verbs := map[string]string{
		"request_run": "PC404", "reprocess": "PC404", "cancel_job": "PC404", "delete_job": "PC404", "create_job": "23514", "issue_ticket": "",
		"expect_version": "PC404", "recall": "23502", "remember": "", "key_used": "", "quotas_of": "", "usage": "", "spend": "", // of their own
	}
	for _, who := range []struct{ role, claims string }{
		{"anon", `{"role": "anon"}`},
		{"authenticated", fmt.Sprintf(`{"role": "authenticated", "sub": %q}`, s.b.id)},
	} {
		conn := s.as(t, who.role, who.claims)
		for _, f := range functions {
			want, granted := verbs[f.Name]
			if !granted || who.role == "anon" {
				want = insufficientPrivilege
			}
			if f.Trigger && granted {
				t.Errorf("users may call the trigger function %s", f.Name)
			}
			if _, err := conn.Exec(t.Context(), "select "+f.Call); state(err) != want && !f.Trigger {
				t.Errorf("%s: select %s: %v, want SQLSTATE %q", who.role, f.Call, err, want)
			}
		}
	}
	s.checkUntouched(t)
}

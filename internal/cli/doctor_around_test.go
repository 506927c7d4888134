package cli

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
)

func setting(name, value string) func(*testing.T, *patient) {
	return func(_ *testing.T, p *patient) { p.vars[name] = value }
}

// What is wrong around the database.
func TestDoctorFindsWhatIsWrongAround(t *testing.T) {
	t.Parallel()
	const otherKey = "SUPABASE_SERVICE_ROLE_KEY to the service_role key"
	for _, d := range []disease{
		{"public bucket", makePublic, "bucket", failed, "private in the dashboard"},
		{"no bucket", setting("STORAGE_BUCKET", "elsewhere"), "bucket", failed, "pgcast migrate"},
		{"key of another secret", wrongKey, "bucket", failed, otherKey},
		{"key and secret apart", wrongKey, "supabase_service_role_key", failed, "same project"},
		{"anon key for the service", func(_ *testing.T, p *patient) {
			p.vars["SUPABASE_SERVICE_ROLE_KEY"] = p.vars["SUPABASE_ANON_KEY"]
		}, "supabase_service_role_key", failed, otherKey},
		{"publishable key for the service", setting("SUPABASE_SERVICE_ROLE_KEY", "sb_publishable_x"), "supabase_service_role_key", failed, otherKey},
		{"service key in public", func(_ *testing.T, p *patient) {
			p.vars["SUPABASE_ANON_KEY"] = p.vars["SUPABASE_SERVICE_ROLE_KEY"]
		}, "supabase_anon_key", failed, "anon key"},
		{"no key at all", setting("SUPABASE_SERVICE_ROLE_KEY", "hunter2"), "supabase_service_role_key", failed, otherKey},
		{"storage out of reach", setting("SUPABASE_URL", "http://127.0.0.1:1"), "bucket", failed, "check SUPABASE_URL"},
		{"nothing to verify tokens with", setting("SUPABASE_JWT_SECRET", ""), "tokens", failed, "legacy JWT secret"},
		{"keys out of reach", func(_ *testing.T, p *patient) {
			p.vars["SUPABASE_JWT_SECRET"], p.jwks = "", http.NotFoundHandler()
		}, "tokens", failed, "check SUPABASE_URL"},
		{"clock slow", func(_ *testing.T, p *patient) {
			p.now = func() time.Time { return time.Now().Add(-time.Minute) }
		}, "clock", failed, "synchronise"},
		{"clock fast", func(_ *testing.T, p *patient) {
			p.now = func() time.Time { return time.Now().Add(6 * time.Second) }
		}, "clock", failed, "synchronise"},
		{"more processors than connections", sql(`insert into processors (id) select 'p' || n from generate_series(1, 30) n`), "capacity", warned, "pool_max_conns"},
		{"no processor", sql(`delete from processors`), "processors", warned, "pgcast processor"},
		{"role without the right", asLogin("nosuperuser bypassrls in role authenticated, service_role"), "replication_right", warned, "replication, as a superuser"},
		{"role that cannot act for users", asLogin("nosuperuser bypassrls in role service_role"), "act_for_users", failed, "grant authenticated"},
		{"role that does not own the schema", asLogin("nosuperuser in role authenticated"), "schema", failed, "role that ran the migrations"},
		{"database of another name", func(t *testing.T, p *patient) {
			p.vars["DATABASE_URL"] = strings.Replace(p.db.URL, "/test_", "/nowhere_", 1)
		}, "database_url", failed, "name of the database"},
		{"database out of reach", setting("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/postgres"), "database_url", failed, "that the server runs"},
		{"listening elsewhere", func(t *testing.T, p *patient) {
			p.vars["DATABASE_LISTEN_URL"] = dbtest.New(t).URL
		}, "wake_path", failed, "same database"},
		{"database of another project", func(_ *testing.T, p *patient) {
			p.vars["SUPABASE_URL"] = "http://abcdefghijklmnopqrst.supabase.co"
			p.vars["SUPABASE_SERVICE_ROLE_KEY"] = legacyKey(`{"role":"service_role","ref":"bbbbbbbbbbbbbbbbbbbb","exp":4102444800}`)
		}, "one_project", failed, "same project"},
		{"webhooks that nobody sends", sql(`insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload, due_at)
			select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '{}', now() - interval '6 minutes'`), "webhooks", warned, "WEBHOOK_SECRET"},
		{"secret of webhooks", setting("WEBHOOK_SECRET", "whsec_hunter2"), "settings", failed, "openssl rand"},
		{"setting missing", setting("SUPABASE_URL", ""), "settings", failed, "https://<ref>.supabase.co"},
		{"setting unreadable", setting("DATABASE_URL", "mysql://u:hunter2@h/d"), "settings", failed, "postgres://"},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			d.plant(t, p)
			d.mustBeFound(t, p.examine(t).findings)
		})
	}
}

func makePublic(t *testing.T, p *patient) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.vars["SUPABASE_URL"]+"/storage/v1/bucket/forecast-uploads",
		strings.NewReader(`{"public":true}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.vars["SUPABASE_SERVICE_ROLE_KEY"])
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
}

func wrongKey(t *testing.T, p *patient) {
	key, err := auth.Mint([]byte("another secret of at least 32 bytes"), auth.Claims{
		Role: auth.RoleService, Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.vars["SUPABASE_SERVICE_ROLE_KEY"] = key
}

// asLogin connects as a role of its own, with the given attributes.
func asLogin(attributes string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		role := "login_" + strings.ToLower(strings.ReplaceAll(t.Name()[len(t.Name())-8:], "_", ""))
		p.db.Exec(t, fmt.Sprintf(`create role %s login %s`, role, attributes))
		t.Cleanup(func() { p.db.Exec(t, `drop role `+role) })
		p.vars["DATABASE_URL"] = strings.Replace(p.db.URL, "postgres@", role+"@", 1)
	}
}

func TestDoctorFindsADatabaseThatWasNeverMigrated(t *testing.T) {
	t.Parallel()
	p := newPatientOn(t, dbtest.NewEmpty(t, true))
	found := p.examine(t).findings
	disease{check: "schema", status: failed, advice: "pgcast migrate"}.mustBeFound(t, found)
	disease{check: "bucket", status: failed, advice: "pgcast migrate"}.mustBeFound(t, found)
}

func TestDoctorFindsAnOldSchema(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.db.Exec(t, `delete from pgcast.goose_db_version where version_id = (select max(version_id) from pgcast.goose_db_version)`)
	disease{check: "schema", status: failed, advice: "pgcast migrate"}.mustBeFound(t, p.examine(t).findings)
}

// Whatever is wrong, what is printed holds no password, key or secret.
func TestDoctorKeepsSecrets(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	p := newPatient(t)
	for _, database := range []string{
		"postgres://u:hunter2@127.0.0.1:1/postgres",
		"postgres://u:hunter2@127.0.0.1:port/postgres",
		"postgres://u:hunter2%zz@127.0.0.1/postgres",
		"host=127.0.0.1 port=x password=hunter2",
		"host=127.0.0.1 port=1 password='hunter2",
		"mysql://u:hunter2@h/d",
	} {
		p.vars["DATABASE_URL"], p.vars["SUPABASE_JWT_SECRET"] = database, "hunter2hunter2"
		p.vars["SUPABASE_SERVICE_ROLE_KEY"], p.vars["SUPABASE_ANON_KEY"] = "eyJ.hunter2", "sb_secret_hunter2"
		for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}, {"serve", "ingest"}, {"migrate"}} {
			var said bytes.Buffer
			code := Run(t.Context(), args, Env{Getenv: func(name string) string { return p.vars[name] }, Stdout: &said, Stderr: &said})
			if code != exitFailed || strings.Contains(said.String(), password) {
				t.Errorf("%s with %s: exit code %d, said %s", args, database, code, &said)
			}
			if args[0] == "doctor" && len(args) == 1 {
				mustBeLines(t, said.String())
			}
		}
	}
}

// mustBeLines checks the form: a line for each finding, an indented one for
// what to do, and the count at the end.
func mustBeLines(t *testing.T, said string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(said), "\n") {
		if !regexp.MustCompile(`^((ok  |warn|fail)  \S|        \S|pgcast doctor: \d+ of \d+ checks failed$)`).MatchString(line) {
			t.Errorf("line %q of:\n%s", line, said)
		}
	}
}

func TestProjectOf(t *testing.T) {
	t.Parallel()
	const ref = "abcdefghijklmnopqrst"
	for address, want := range map[string]string{
		"postgres://postgres:x@db." + ref + ".supabase.co:5432/postgres":                    ref,
		"postgres://postgres." + ref + ":x@aws-0-eu-central-1.pooler.supabase.com/postgres": ref,
		"host=db." + ref + ".supabase.co user=postgres":                                     ref,
		"postgres://postgres@/postgres?host=" + url.QueryEscape("/tmp/socket"):              "",
		"postgres://pgcast@db.example.com/postgres":                                         "",
		"": "",
	} {
		if got := projectOfDatabase(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := projectOfURL("https://" + ref + ".supabase.co"); got != ref {
		t.Errorf("%q", got)
	}
	if got := projectOfURL("http://127.0.0.1:8080"); got != "" {
		t.Errorf("%q", got)
	}
}

// legacyKey is a JWT with these claims; nobody has signed it.
func legacyKey(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + part([]byte("nobody"))
}

package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
)

const testSecret = "a secret of at least thirty-two bytes"

// patient is a deployment to examine: a database of its own, and a storage
// server that speaks as Supabase's.
type patient struct {
	db     *dbtest.DB
	bucket *storage.Bucket
	jwks   http.Handler
	vars   map[string]string
	now    func() time.Time
}

// newPatient is a healthy one.
func newPatient(t *testing.T) *patient {
	t.Helper()
	p := newPatientOn(t, dbtest.New(t))
	if err := p.db.Heartbeat(t.Context(), job.Processor{ID: "first", Name: "test", Slots: 1}); err != nil {
		t.Fatal(err)
	}
	if err := p.bucket.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// newPatientOn has whatever database it is given, and no bucket.
func newPatientOn(t *testing.T, d *dbtest.DB) *patient {
	t.Helper()
	p := &patient{db: d, jwks: auth.JWKS(), now: time.Now}
	service, anon := mint(t, auth.RoleService), mint(t, auth.RoleAnon)
	files, err := localstorage.New(localstorage.Config{
		Dir: t.TempDir(), JWTSecret: []byte(testSecret), AnonKey: anon, ServiceKey: service, Ephemeral: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/storage/v1/", http.StripPrefix("/storage/v1", files))
	mux.HandleFunc("/auth/v1/.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) { p.jwks.ServeHTTP(w, r) })
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	p.vars = map[string]string{
		"DATABASE_URL": d.URL, "SUPABASE_URL": server.URL, "SUPABASE_SERVICE_ROLE_KEY": service,
		"SUPABASE_ANON_KEY": anon, "SUPABASE_JWT_SECRET": testSecret,
	}
	p.bucket = storage.New(storage.Config{URL: server.URL + "/storage/v1", Key: service, Bucket: "forecast-uploads"})
	return p
}

func mint(t *testing.T, role string) string {
	t.Helper()
	claims := auth.Claims{Role: role, Issued: time.Now(), Expires: time.Now().Add(time.Hour)}
	if role == auth.RoleAuthenticated {
		claims.User = job.UserID{UUID: uuid.New()}
	}
	key, err := auth.Mint([]byte(testSecret), claims)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// examine lets the doctor look at it.
func (p *patient) examine(t *testing.T) *doctor {
	t.Helper()
	d := &doctor{now: p.now, client: http.DefaultClient, told: func(finding) {}}
	c, err := config.Read(func(name string) string { return p.vars[name] })
	d.examine(t.Context(), c, err)
	return d
}

func TestDoctorFindsNothingInAHealthyDeployment(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	for _, f := range p.examine(t).findings {
		if f.Status != healthy {
			t.Errorf("%s: %s: %s", f.Status, f.Check, f.Text)
		}
	}
	before := storageEntries(t, p)

	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), []string{"doctor"}, Env{
		Getenv: func(name string) string { return p.vars[name] }, Stdout: &stdout, Stderr: &stderr,
	})
	if code != exitOK || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, &stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(stdout.String()), "\n") {
		if !strings.HasPrefix(line, "ok    ") {
			t.Errorf("line %q", line)
		}
	}
	if after := storageEntries(t, p); before != 0 || after != 0 {
		t.Errorf("the examination left %d and %d entries in the bucket", before, after)
	}
}

func storageEntries(t *testing.T, p *patient) int {
	t.Helper()
	entries, err := p.bucket.List(t.Context(), storage.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestDoctorReportsForMachines(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.db.Exec(t, `drop publication pgcast`)
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), []string{"doctor", "--json"}, Env{
		Getenv: func(name string) string { return p.vars[name] }, Stdout: &stdout, Stderr: &stderr,
	})
	var report struct {
		OK       bool
		Failed   int
		Findings []finding
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("%v in %s", err, &stdout)
	}
	if code != exitFailed || report.OK || report.Failed != 1 || len(report.Findings) < 10 {
		t.Errorf("exit code %d, report %+v", code, report)
	}
	if !strings.Contains(stderr.String(), "1 of ") {
		t.Errorf("stderr %q", &stderr)
	}
}

// A disease is a misconfiguration, the check that must find it, and words of
// the advice.
type disease struct {
	name   string
	plant  func(*testing.T, *patient)
	check  string
	status verdict
	advice string
}

func (d disease) mustBeFound(t *testing.T, found []finding) {
	t.Helper()
	for _, f := range found {
		if f.Check == d.check && f.Status == d.status && strings.Contains(f.Advice, d.advice) {
			return
		}
	}
	t.Errorf("no finding %s of check %s with the advice %q in:", d.status, d.check, d.advice)
	for _, f := range found {
		t.Logf("%-4s %s: %s\n        %s", f.Status, f.Check, f.Text, f.Advice)
	}
}

// cure runs the SQL that the doctor advises, and looks again.
func cure(t *testing.T, p *patient, found []finding) {
	t.Helper()
	for _, f := range found {
		if f.Status == failed && strings.HasSuffix(f.Advice, ";") {
			p.db.Exec(t, f.Advice)
		}
	}
	for _, f := range p.examine(t).findings {
		if f.Status == failed {
			t.Errorf("still there after the advice was followed: %s: %s", f.Check, f.Text)
		}
	}
}

func sql(text string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) { t.Helper(); p.db.Exec(t, text) }
}

// What is wrong in the database, and put right by the SQL of the advice.
func TestDoctorFindsWhatIsOpenAndHowToCloseIt(t *testing.T) {
	t.Parallel()
	for _, d := range []disease{
		{"open policy", sql(`create policy "Service role full access" on jobs for all using (true) with check (true)`), "policies", failed, "drop policy"},
		{"policy for anon", sql(`create policy peek on job_runs for select to anon using (user_id is not null)`), "policies", failed, "drop policy peek"},
		{"everything for users", sql(`create policy peek on jobs for select to authenticated using (true)`), "policies", failed, "drop policy peek"},
		{"open bucket", sql(`
			create schema storage; create table storage.objects (bucket_id text, name text);
			create policy peek on storage.objects for select using (bucket_id = 'forecast-uploads')`), "policies", failed, "drop policy peek on storage.objects"},
		{"no row level security", sql(`alter table job_events disable row level security`), "row_level_security", failed, "alter table job_events enable"},
		{"owner's view", sql(`alter view jobs_live set (security_invoker = false)`), "views", failed, "security_invoker"},
		{"granted to anon", sql(`grant select on jobs to anon`), "anon_grants", failed, "revoke all on jobs from anon"},
		{"one column granted to everyone", sql(`grant select (forecast_id) on job_runs to public`), "anon_grants", failed, "revoke all on job_runs"},
		{"users may write", sql(`grant update on jobs to authenticated`), "user_grants", failed, "revoke insert, update"},
		{"function for everyone", sql(`grant execute on function pgcast.rescue() to public`), "functions", failed, "revoke all on function pgcast.rescue()"},
		{"trigger off", sql(`alter table jobs disable trigger after_insert`), "triggers", failed, "enable trigger after_insert"},
		{"no publication", sql(`drop publication pgcast`), "publication", failed, "create publication pgcast"},
		{"empty publication", sql(`alter publication pgcast drop table jobs`), "publication", failed, "add table public.jobs"},
		{"row filter", sql(`alter publication pgcast set table jobs where (status = 'failed')`), "publication", failed, "create publication pgcast"},
		{"column list", sql(`alter publication pgcast set table jobs (id, user_id, status)`), "publication", failed, "create publication pgcast"},
		{"inserts only", sql(`alter publication pgcast set (publish = 'insert')`), "publication", failed, "create publication pgcast"},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			d.plant(t, p)
			found := p.examine(t).findings
			d.mustBeFound(t, found)
			cure(t, p, found)
		})
	}
}

// Policies of other people's tables, and narrow ones, are none of our business.
func TestDoctorLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.db.Exec(t, `
		create table blog (id int); grant select on blog to anon;
		create policy everybody on blog for select using (true);
		create schema storage; create table storage.objects (bucket_id text, name text);
		create policy avatars on storage.objects for select using (bucket_id = 'avatars');
		create policy narrow on jobs as restrictive for select using (true)`)
	for _, f := range p.examine(t).findings {
		if f.Status != healthy {
			t.Errorf("%s: %s: %s", f.Status, f.Check, f.Text)
		}
	}
}

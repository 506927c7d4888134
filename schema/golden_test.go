package schema_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/localpg"
)

var update = flag.Bool("update", false, "rewrite schema.sql")

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }

// schema.sql is what all migrations together make, for reading. When this test
// fails after a change of the migrations, run
//
//	go test ./schema -update
func TestGoldenSchema(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	got := normalise(dump(t, d))
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if line, ours, theirs := firstDifference(got, string(want)); line > 0 {
		t.Errorf("the migrations make another schema than schema.sql says, from line %d:\n  made: %s\n  says: %s\nrun: go test ./schema -update", line, ours, theirs)
	}
}

// dump skips the test where no pg_dump is as new as the server.
func dump(t *testing.T, d *dbtest.DB) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pgDump(t),
		"--schema-only", "--no-owner", "--exclude-schema=auth", "--exclude-table=pgcast.goose_db_version*", d.URL)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if strings.Contains(complaint.String(), "server version mismatch") {
		t.Skipf("needs pg_dump of the server's version or newer (Debian, Ubuntu: apt-get install postgresql-client-<version>): %s", complaint.String())
	}
	if err != nil {
		t.Fatalf("pg_dump: %v: %s", err, complaint.String())
	}
	return string(out)
}

// pgDump is the program beside the server's, where packages put it, else the
// one in PATH.
func pgDump(t *testing.T) string {
	t.Helper()
	dir, err := localpg.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath(filepath.Join(dir, "pg_dump"))
	if err != nil {
		path, err = exec.LookPath("pg_dump")
	}
	if err != nil {
		t.Skipf("needs pg_dump (Debian, Ubuntu: apt-get install postgresql-client): %v", err)
	}
	return path
}

// noise is what pg_dump says about itself and its own session.
var noise = regexp.MustCompile(`(?m)^(--.*|SET .*;|SELECT pg_catalog\.set_config\(.*;|\\(un)?restrict.*)\n`)

// allRights is all that a table of Postgres 15 or 16 can grant, as spelled by
// a newer pg_dump, which knows of one right more.
var allRights = regexp.MustCompile(`(?m)^GRANT SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE`)

var gaps = regexp.MustCompile(`\n{3,}`)

func normalise(dump string) string {
	text := gaps.ReplaceAllString(noise.ReplaceAllString(dump, ""), "\n\n")
	text = allRights.ReplaceAllString(text, "GRANT ALL ON TABLE")
	return "-- What the migrations make, for reading. Written by: go test ./schema -update\n\n" + strings.TrimSpace(text) + "\n"
}

func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = at(as, i), at(bs, i)
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}

// A migration is one transaction for goose and for the Supabase CLI alike.
func TestMigrationsAreValidInOneTransaction(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("2*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	shape := regexp.MustCompile(`^\d{14}_[a-z_]+\.sql$`)
	forbidden := regexp.MustCompile(`(?im)^\s*(\\|begin;|commit;|vacuum|alter system|create database)|\bconcurrently\b|\+goose (Down|NO TRANSACTION)`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(name) || !strings.HasPrefix(string(text), "-- +goose Up\n") {
			t.Errorf("%s: wants a name <YYYYMMDDHHMMSS>_<name>.sql and -- +goose Up on top", name)
		}
		if found := forbidden.FindString(string(text)); found != "" {
			t.Errorf("%s: %q has no place in a migration", name, found)
		}
	}

	// As psql and the CLI would send them: marks are comments.
	d := dbtest.NewEmpty(t, true)
	for _, name := range names {
		text, _ := os.ReadFile(name)
		if _, err := d.Pool().Exec(context.Background(), string(text)); err != nil {
			t.Fatalf("%s as one batch: %v", name, err)
		}
	}
}

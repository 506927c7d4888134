package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localpg"
)

// bucketName is the bucket that every deployment has unless told otherwise.
const bucketName = "forecast-uploads"

// world is a running pgcast as its operator knows it: what the environment
// says, and where the API is just now.
type world struct {
	env map[string]string
	url func() string
}

func (d *deployment) world() world {
	return world{env: d.env, url: func() string { return d.url }}
}

// dataDir is a directory with a short name for everything of one deployment.
// The cluster of its Postgres may lie elsewhere, and goes with it.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgcast-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("left for inspection: %s", dir)
			return
		}
		if err := localpg.Remove(context.Background(), filepath.Join(dir, "postgres")); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// mint makes a token as the project would.
func (w world) mint(t *testing.T, role string, id job.UserID) string {
	t.Helper()
	now := time.Now()
	token, err := auth.Mint([]byte(w.env["SUPABASE_JWT_SECRET"]), auth.Claims{
		Role: role, User: id, Issuer: w.env["SUPABASE_URL"] + "/auth/v1", Issued: now, Expires: now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// join adds a user to the project.
func (w world) join(t *testing.T) *member {
	t.Helper()
	id := job.UserID{UUID: uuid.New()}
	return &member{id: id, token: w.mint(t, auth.RoleAuthenticated, id), url: w.url}
}

// connect opens a connection as the operator.
func (w world) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.env["DATABASE_URL"])
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

// rows runs a query as the operator and returns its rows.
func rows[T any](t *testing.T, w world, to pgx.RowToFunc[T], sql string, args ...any) []T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, w.env["DATABASE_URL"])
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	got, err := conn.Query(ctx, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	found, err := pgx.CollectRows(got, to)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return found
}

// value is the one value that a query answers with.
func value[T any](t *testing.T, w world, sql string, args ...any) T {
	t.Helper()
	got := rows(t, w, pgx.RowTo[T], sql, args...)
	if len(got) != 1 {
		t.Fatalf("%s: %d rows", sql, len(got))
	}
	return got[0]
}

// object reads an object past all rules, with the service key.
func (w world) object(t *testing.T, key string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.env["SUPABASE_URL"]+"/storage/v1/object/"+bucketName+"/"+key, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.env["SUPABASE_SERVICE_ROLE_KEY"])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("read object %s: status %d, %v: %s", key, res.StatusCode, err, body)
	}
	return body
}

// names lists a folder of the bucket with the service key.
func (w world) names(t *testing.T, folder string) []string {
	t.Helper()
	service := &member{token: w.env["SUPABASE_SERVICE_ROLE_KEY"], url: func() string { return w.env["SUPABASE_URL"] }}
	var entries []struct{ Name string }
	service.json(t, http.MethodPost, "/storage/v1/object/list/"+bucketName, strings.NewReader(`{"prefix": "`+folder+`", "limit": 100}`), &entries)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

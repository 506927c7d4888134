package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localpg"
	"github.com/pgcast/pgcast/internal/localstorage"
)

// site is a deployment of separate processes around a Postgres and a storage
// server that the test can hold and kill.
type site struct {
	world
	dir        string
	postgres   *localpg.Server
	bucket     *bucket
	door       *service
	processors []*service
}

// openSite deploys everything: `pgcast migrate` first, then
// `pgcast serve ingest notifier` and some processors of one slot each.
func openSite(t *testing.T, processors int) *site {
	t.Helper()
	s := &site{dir: dataDir(t)}
	s.startPostgres(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.postgres.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	s.env = map[string]string{
		"DATABASE_URL": s.postgres.URL(), "SUPABASE_JWT_SECRET": "what the tests sign their tokens with",
		"PORT": "0", "PROCESSOR_SLOTS": "1",
	}
	s.url = func() string { return "http://" + s.door.address() }
	s.openBucket(t)
	if err := db.Shim(t.Context(), s.env["DATABASE_URL"]); err != nil {
		t.Fatal(err)
	}
	migrate := exec.CommandContext(t.Context(), binary, "migrate")
	migrate.Env = append(os.Environ(), s.environ()...)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("pgcast migrate: %v\n%s", err, out)
	}
	s.door = keep(t, s.environ(), "serve", "ingest", "notifier")
	for range processors {
		s.processors = append(s.processors, keep(t, s.environ(), "processor"))
	}
	s.awaitReady(t)
	return s
}

func (s *site) environ() (env []string) {
	for name, value := range s.env {
		env = append(env, name+"="+value)
	}
	return env
}

// openBucket serves a directory as the storage of the project.
func (s *site) openBucket(t *testing.T) {
	t.Helper()
	s.env["SUPABASE_SERVICE_ROLE_KEY"] = s.mint(t, auth.RoleService, job.UserID{})
	files, err := localstorage.New(localstorage.Config{
		Dir: filepath.Join(s.dir, "storage"), JWTSecret: []byte(s.env["SUPABASE_JWT_SECRET"]), Ephemeral: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.bucket = &bucket{files: http.StripPrefix("/storage/v1", files)}
	server := httptest.NewServer(s.bucket)
	s.env["SUPABASE_URL"] = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
}

// startPostgres starts the server, again after a kill. Nothing is fsynced: a
// killed process loses nothing that it has handed to the kernel.
func (s *site) startPostgres(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var err error
	s.postgres, err = localpg.Start(ctx, localpg.Config{
		Dir: filepath.Join(s.dir, "postgres"), Settings: map[string]string{"fsync": "off", "full_page_writes": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// killPostgres kills the postmaster and every process it started.
func (s *site) killPostgres(t *testing.T) {
	t.Helper()
	killAll(t, s.serverPIDs(t))
	select {
	case <-s.postgres.Wait():
	case <-time.After(time.Minute):
		t.Fatal("Postgres is still there after a kill")
	}
}

// serverPIDs are the processes of Postgres, the postmaster first.
func (w world) serverPIDs(t *testing.T) []int {
	t.Helper()
	postmaster := value[int](t, w, `select split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int`)
	children := value[[]int](t, w, `select array_agg(pid) from pg_stat_activity where pid <> pg_backend_pid()`)
	return append([]int{postmaster}, children...)
}

func killAll(t *testing.T, pids []int) {
	t.Helper()
	for i, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && i == 0 {
			t.Fatalf("kill process %d: %v", pid, err)
		}
	}
}

// awaitReady waits until the door answers and every processor is registered.
func (s *site) awaitReady(t *testing.T) {
	t.Helper()
	eventually(t, "the services are ready", func() bool {
		if s.door.address() == "" {
			return false
		}
		res, err := http.Get(s.url() + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	eventually(t, "the processors are registered", func() bool {
		return value[int](t, s.world, `select count(*) from processors`) >= len(s.processors)
	})
}

// owner is the processor that runs a job.
func (s *site) owner(t *testing.T, id job.ID) *service {
	t.Helper()
	claimed := value[string](t, s.world, `select claimed_by from jobs where id = $1 and status = 'processing'`, id.String())
	for _, p := range s.processors {
		if strings.Contains(p.current().log.String(), claimed) {
			return p
		}
	}
	t.Fatalf("no processor is %s", claimed)
	return nil
}

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/webhook"
)

// The unmodified Supabase client stores files in pgcast up as in a project.
func TestStorageOfTheSupabaseClient(t *testing.T) {
	t.Parallel()
	dir, missing := modules()
	if missing != "" {
		t.Skip(missing)
	}
	w := startUp(t, dataDir(t)).world()
	user := w.join(t)
	place := t.TempDir()
	script, err := os.ReadFile("supabasejs/storage.mjs")
	if err == nil {
		err = os.WriteFile(filepath.Join(place, "storage.mjs"), script, 0o644)
	}
	if err == nil {
		err = os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(place, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(place, "storage.mjs"))
	cmd.Env = append(os.Environ(), "USER_TOKEN="+user.token, "USER_ID="+user.id.String(), "OTHER_ID="+uuid.NewString())
	for _, name := range []string{"SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"} {
		cmd.Env = append(cmd.Env, name+"="+w.env[name])
	}
	var warned strings.Builder
	cmd.Stderr = &warned
	if said, err := cmd.Output(); err != nil || string(said) != "done\n" {
		t.Errorf("%v:\n%s%s", err, said, &warned)
	}
}

// Who asks for it is told that a run has ended, by a request that is signed with
// the secret of the env file; and what was told can be read at the job.
func TestAWebhookTellsTheEndOfAJob(t *testing.T) {
	t.Parallel()
	type call struct {
		header http.Header
		body   string
	}
	calls := make(chan call, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.Header, string(body)}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(hook.Close)
	w := startUp(t, dataDir(t)).world()
	user := w.join(t)
	id := user.upload(t, sample(), fmt.Sprintf(`{"horizon": 3, "webhook": {"url": %q}}`, hook.URL+"/hook"))
	var got call
	select {
	case got = <-calls:
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	key, err := webhook.ParseSecret(w.env["WEBHOOK_SECRET"])
	if err != nil {
		t.Fatal(err)
	}
	at, err := strconv.ParseInt(got.header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if want := webhook.Sign(key, got.header.Get("webhook-id"), time.Unix(at, 0), got.body); got.header.Get("webhook-signature") != want {
		t.Errorf("signed %s, want %s", got.header.Get("webhook-signature"), want)
	}
	var told struct {
		Type string
		Data struct {
			JobID  string `json:"job_id"`
			Status string
		}
	}
	if err := json.Unmarshal([]byte(got.body), &told); err != nil || told.Type != "job.completed" || told.Data.JobID != id.String() || told.Data.Status != "completed" {
		t.Errorf("told %s, %v", got.body, err)
	}
	eventually(t, "the delivery is recorded", func() bool {
		return value[int](t, w, `select count(*)::int from webhook_deliveries where status = 'delivered' and response_status = 202 and job_id = $1`, id.String()) == 1
	})
	var trail struct{ Webhooks []job.Told }
	user.json(t, http.MethodGet, "/v1/jobs/"+id.String()+"/events", nil, &trail)
	if len(trail.Webhooks) != 1 || trail.Webhooks[0].Status != "delivered" || trail.Webhooks[0].ID.String() != got.header.Get("webhook-id") {
		t.Errorf("the trail tells of %+v", trail.Webhooks)
	}
	for _, url := range []string{"ftp://example.com", "nowhere"} {
		res, text := user.call(t, http.MethodPost, "/v1/forecast", strings.NewReader(fmt.Sprintf(`{"job_id": %q, "webhook": {"url": %q}}`, id, url)))
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("webhook %s: %s: %s", url, res.Status, text)
		}
	}
}

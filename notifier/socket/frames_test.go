package socket

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"subscribe","id":1,"all":true}`,
		`{"type":"subscribe","id":2,"jobs":["01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10"],"after":{"01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10":3}}`,
		`{"type":"renew","ticket":"x"}`, `{"type":"ping"}`, `{"type":"unsubscribe","id":1}`, `{`, `null`, `{"type":"subscribe","jobs":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, refused := parse(b)
		if refused != nil {
			if refused.Code == "" || refused.Detail == "" || refused.Hint == "" {
				t.Errorf("%q is refused without a word: %+v", b, refused)
			}
			if !json.Valid(encode(errorFrame{"error", refused.ID, refused.Code, refused.Detail, refused.Hint})) {
				t.Errorf("the refusal of %q is not JSON", b)
			}
			return
		}
		if len(frame.Jobs) > maxJobs {
			t.Errorf("%d jobs pass", len(frame.Jobs))
		}
	})
}

func TestJobFrame(t *testing.T) {
	t.Parallel()
	j := job.Job{ID: job.NewID(), Status: `odd "old" word`, Version: 3}
	item := hub.Item{Kind: hub.Changed, Op: feed.Update, OldStatus: `"`, JobID: j.ID, Change: &hub.Change{Event: feed.Event{Op: feed.Update, Job: j}}}
	var got struct {
		Type      string     `json:"type"`
		Op        feed.Op    `json:"op"`
		OldStatus job.Status `json:"old_status"`
		Job       job.Job    `json:"job"`
	}
	var buf bytes.Buffer
	if err := json.Unmarshal(encodeItem(&buf, item), &got); err != nil {
		t.Fatalf("the frame is not JSON: %v", err)
	}
	if got.Type != "job" || got.Op != feed.Update || got.OldStatus != `"` || got.Job.ID != j.ID || got.Job.Status != j.Status {
		t.Errorf("the frame says %+v", got)
	}
}

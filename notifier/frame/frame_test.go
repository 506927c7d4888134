package frame

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
)

func TestJobFrame(t *testing.T) {
	t.Parallel()
	j := job.Job{ID: job.NewID(), Status: `odd "old" word`, Version: 3}
	item := hub.Item{Kind: hub.Changed, Op: feed.Update, OldStatus: `"`, JobID: j.ID, Replayed: true, Cursor: "c1.x.0.1", Change: &hub.Change{Event: feed.Event{Op: feed.Update, Job: j}}}
	var got struct {
		Type      string     `json:"type"`
		Op        feed.Op    `json:"op"`
		OldStatus job.Status `json:"old_status"`
		Job       job.Job    `json:"job"`
		Replayed  bool       `json:"replayed"`
		Cursor    string     `json:"cursor"`
	}
	var buf bytes.Buffer
	if err := json.Unmarshal(Of(&buf, &item, nil), &got); err != nil {
		t.Fatalf("the frame is not JSON: %v", err)
	}
	if got.Type != "job" || got.Op != feed.Update || got.OldStatus != `"` || got.Job.ID != j.ID || got.Job.Status != j.Status || !got.Replayed || got.Cursor != item.Cursor {
		t.Errorf("the frame says %+v", got)
	}
}

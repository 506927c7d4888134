package realtime

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
)

// BenchmarkChange is one change made into the frame of one client.
func BenchmarkChange(b *testing.B) {
	now := time.Now()
	j := job.Job{ID: job.NewID(), Status: job.Processing, Version: 7, ForecastID: "f", Params: []byte(`{"horizon": 12}`),
		InputPath: "a/b/input.csv", FileName: "sales.csv", RunAt: now, CreatedAt: now, UpdatedAt: now, StartedAt: &now}
	i := &hub.Item{Kind: hub.Changed, Op: feed.Update, OldStatus: job.Pending, JobID: j.ID,
		Change: &hub.Change{Event: feed.Event{Op: feed.Update, Job: j, Row: feed.ImageOf(&j), At: now}}}
	filtered, err := parseFilter("status=in.(processing,failed),priority=gte.0", i.Change.Row.Columns)
	if err != nil {
		b.Fatal(err)
	}
	v := &view{topic: "realtime:room", bindings: []binding{{id: 1, event: "*", filter: filtered}}}
	b.ReportAllocs()
	for b.Loop() {
		if e, ok := eventOf(i, hub.Viewer{Role: hub.ServiceRole}); ok {
			v.messages(2, &e, func([]byte) {})
		}
	}
}

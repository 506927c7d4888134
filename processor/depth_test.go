package processor_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// TestTheDepthOfTheQueueIsAMetric: jobs that nobody can take for want of slots.
func TestTheDepthOfTheQueueIsAMetric(t *testing.T) {
	t.Parallel()
	b, registry := setup(t), prometheus.NewRegistry()
	b.Exec(t, `insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, 7)`)
	b.tune = func(p *processor.Processor) { p.Hasten(50 * time.Millisecond) }
	b.start(nil, func(c *processor.Config) {
		c.Metrics, c.Slots = registry, 2
		c.Work = func(ctx context.Context, _ job.Claim) error { <-ctx.Done(); return ctx.Err() }
	})
	dbtest.Eventually(t, "five jobs to wait", func() bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "pgcast_processor_queue_depth" {
				return f.GetMetric()[0].GetGauge().GetValue() == 5
			}
		}
		return false
	})
}

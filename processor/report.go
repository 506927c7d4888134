package processor

import (
	"context"

	"github.com/pgcast/pgcast/internal/job"
)

// reports tells the database how far the runs are, twice a second with one
// statement for all of them, and learns which are no longer ours: canceled,
// reset or rescued. The database writes a row once a second at most, and only
// when its progress moved. A control wake-up asks at once, so that a canceled
// run stops within a moment; when it is lost, the next report stops it.
func (p *Processor) reports(ctx context.Context) {
	trouble := p.complaint("report progress")
	every(ctx, p.pace.report, p.control, func(ctx context.Context) {
		ticks, runs := p.runs.ticks()
		if len(ticks) == 0 {
			return
		}
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		defer cancel()
		lost, err := p.Queue.Report(timed, ticks)
		trouble.note(ctx, err)
		for _, id := range lost {
			if r := runs[id]; r != nil {
				r.cancel(job.ErrLeaseLost)
			}
		}
		pause(ctx, p.pace.quiet) // a burst of control wake-ups makes one report each 10 ms at most
	})
}

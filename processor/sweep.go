package processor

import (
	"context"

	"github.com/pgcast/pgcast/internal/job"
)

// sweeps removes the folders of runs that are no longer kept. The database
// names each once; one that could not be removed is tried again next time.
func (p *Processor) sweeps(ctx context.Context) {
	trouble := p.complaint("list expired runs")
	var left []job.Run
	every(ctx, p.pace.sweep, nil, func(ctx context.Context) {
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		expired, err := p.Queue.Expire(timed, p.Keep)
		cancel()
		trouble.note(ctx, err)
		left = p.sweep(ctx, append(left, expired...))
	})
}

// sweep removes the folders of the runs and returns those that are left.
func (p *Processor) sweep(ctx context.Context, expired []job.Run) (left []job.Run) {
	for _, r := range expired {
		err := p.Files.RemoveRun(ctx, winner(r))
		if err == nil {
			p.metrics.swept.Inc()
			continue
		}
		left = append(left, r)
		if ctx.Err() == nil {
			p.Log.Warn("remove the files of an expired run", "job_id", r.JobID, "forecast_id", r.ID, "error", err)
		}
	}
	return left
}

package processor

import (
	"context"
	"fmt"

	"github.com/pgcast/pgcast/internal/job"
)

// sweeps removes the folders of runs that are no longer kept and of jobs that
// were deleted. The database names each again until it is told that the folder
// has gone, so that neither a crash nor a bucket that is away leaves any behind.
func (p *Processor) sweeps(ctx context.Context) {
	trouble, events := p.complaint("sweep left over folders"), p.complaint("remove old events")
	every(ctx, p.pace.sweep, nil, func(ctx context.Context) {
		events.note(ctx, p.prune(ctx))
		for more := p.Files != nil; more; {
			var err error
			more, err = p.sweep(ctx)
			trouble.note(ctx, err)
		}
	})
}

// sweep removes some of the folders that are due, and reports whether there may
// be more. After one that could not be removed the rest waits for the next time.
func (p *Processor) sweep(ctx context.Context) (more bool, err error) {
	due, err := p.leftovers(ctx)
	if err != nil || len(due) == 0 {
		return false, err
	}
	var gone []job.Leftover
	for _, l := range due {
		if err := p.remove(ctx, l); err == nil {
			gone = append(gone, l)
		} else if ctx.Err() == nil {
			p.Log.Warn("remove a left over folder", "job_id", l.JobID, "forecast_id", l.RunID, "error", err)
		}
	}
	p.metrics.swept.Add(float64(len(gone)))
	timed, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	if err := p.Queue.Swept(timed, gone); err != nil {
		return false, fmt.Errorf("strike off what is gone: %w", err)
	}
	return len(gone) == len(due), nil
}

// leftovers returns the folders that are due, with those of runs that have just
// expired.
func (p *Processor) leftovers(ctx context.Context) ([]job.Leftover, error) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	if _, err := p.Queue.Expire(ctx, p.Keep); err != nil {
		return nil, err
	}
	return p.Queue.Sweep(ctx)
}

func (p *Processor) remove(ctx context.Context, l job.Leftover) error {
	ctx, cancel := context.WithTimeout(ctx, p.pace.finish)
	defer cancel()
	if l.RunID == nil {
		return p.Files.RemoveJob(ctx, l.UserID, l.JobID)
	}
	return p.Files.RemoveRun(ctx, Attempt{User: l.UserID, Job: l.JobID, Run: *l.RunID})
}

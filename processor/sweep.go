package processor

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
)

// sweeps removes the folders of runs that are no longer kept and of jobs that
// were deleted. The database names each again until it is told that the folder
// has gone, so that neither a crash nor a bucket that is away leaves any behind.
func (p *Processor) sweeps(ctx context.Context) {
	trouble, events, old := p.complaint("sweep left over folders"), p.complaint("remove old events"), p.complaint("expire old runs")
	every(ctx, p.pace.sweep, nil, func(ctx context.Context) {
		events.note(ctx, p.prune(ctx))
		if p.Files == nil {
			return
		}
		old.note(ctx, p.expire(ctx))
		for more := true; more; {
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
	gone := p.removeAll(ctx, due)
	p.metrics.swept.Add(float64(len(gone)))
	timed, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	if err := p.Queue.Swept(timed, gone); err != nil {
		return false, fmt.Errorf("strike off what is gone: %w", err)
	}
	return len(gone) == len(due), nil
}

// removing is how many folders are removed at once. Each is a walk of calls one
// after another, nearly all of them waiting for the storage.
const removing = 8

// removeAll removes folders, and returns those that have gone.
func (p *Processor) removeAll(ctx context.Context, due []job.Leftover) (gone []job.Leftover) {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(removing)
	for _, l := range due {
		group.Go(func() error {
			if err := p.remove(ctx, l); err == nil {
				mu.Lock()
				defer mu.Unlock()
				gone = append(gone, l)
			} else if ctx.Err() == nil {
				p.Log.Warn("remove a left over folder", "job_id", l.JobID, "forecast_id", l.RunID, "error", err)
			}
			return nil
		})
	}
	_ = group.Wait() // no removal ends the others
	return gone
}

// expireBatch is at how many runs one statement looks at most.
const expireBatch = 1000

// expire marks the runs that are no longer kept; their folders are left over
// from then on.
func (p *Processor) expire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.pace.finish)
	defer cancel()
	for {
		n, err := p.Queue.Expire(ctx, p.Keep)
		if err != nil || n < expireBatch {
			return err
		}
	}
}

func (p *Processor) leftovers(ctx context.Context) ([]job.Leftover, error) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
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

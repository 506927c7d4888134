package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/pgcast/pgcast/internal/job"
)

// How a run can end, as metrics and logs say it.
const (
	completed = "completed"
	failed    = "failed"    // for good
	retried   = "retried"   // failed, and may be tried again
	released  = "released"  // handed back, not counted as a try
	lost      = "lost"      // canceled, reset or rescued meanwhile
	abandoned = "abandoned" // the process stopped before the database could be told
)

// settle writes the end of a run and returns it. Nothing is written for a run
// that is no longer ours.
func (p *Processor) settle(house context.Context, r *run, res *result, err error, log *slog.Logger) string {
	cause := context.Cause(r.ctx)
	end := lost
	switch {
	case !r.close():
		end = released // drain has written it
	case errors.Is(cause, job.ErrLeaseLost):
		log.Info("run is no longer ours", "stage", r.stage())
	case cause != nil:
		end = p.insist(house, log, released, func(ctx context.Context) error { return p.Queue.Release(ctx, []job.Claim{r.Claim}) })
	case err != nil:
		end = p.fail(house, r, err, log)
	default:
		return p.complete(house, r, res, log)
	}
	p.discard(house, r, res)
	return end
}

func (p *Processor) fail(house context.Context, r *run, err error, log *slog.Logger) string {
	f := failure(err)
	end := failed
	if f.Retry && r.Attempt < r.MaxAttempts {
		end = retried
	}
	attrs := []any{"code", f.Code, "retry", f.Retry, "error", err}
	var panic *panicked
	if errors.As(err, &panic) {
		attrs = append(attrs, "stack", string(panic.stack))
	}
	log.Error("run failed", attrs...)
	return p.insist(house, log, end, func(ctx context.Context) error { return p.Queue.Fail(ctx, r.Claim, f) })
}

// complete publishes the files and commits the outcome, fenced. Trouble with
// the bucket, and trouble with the row that does not pass, end the attempt.
func (p *Processor) complete(house context.Context, r *run, res *result, log *slog.Logger) string {
	a := attemptOf(r.Claim)
	folder, output := p.Files.Paths(a)
	outcome := job.Outcome{Folder: folder, OutputPath: output, Checksums: res.checksums(), ModelUsed: res.model, Metrics: res.metrics}
	tries := 0
	var trouble error
	end := p.insist(house, log, completed, func(ctx context.Context) error {
		tries++
		err := p.Queue.Complete(ctx, []job.Completion{{Claim: r.Claim, Outcome: outcome}}, p.publish(a))[0]
		if bucket := (*storageError)(nil); errors.As(err, &bucket) || err != nil && tries == mostCompletions && !errors.Is(err, job.ErrLeaseLost) {
			trouble = err
			return nil
		}
		return err
	})
	switch {
	case trouble != nil:
		end = p.fail(house, r, trouble, log)
	case end == completed:
		log.Info("run completed", "model", res.model)
		return end
	case end == lost:
		p.metrics.stale.Inc()
		log.Warn("completion came too late and changed nothing")
	}
	// A completion after one that was not answered may find the lease lost
	// because the first took place. Then the files are the result: they stay,
	// and the audit sweeps them should they turn out not to be.
	if tries == 1 {
		p.discard(house, r, res)
	}
	return end
}

// mostCompletions is how often a completion is tried before the run fails, so
// that one the database refuses does not hold its slot for ever.
const mostCompletions = 8

// publish returns what the completion calls while it holds the row.
func (p *Processor) publish(a Attempt) func(context.Context, job.Claim) error {
	return func(ctx context.Context, _ job.Claim) error {
		if err := p.Files.Publish(ctx, a); err != nil {
			return &storageError{fmt.Errorf("publish: %w", err)}
		}
		return nil
	}
}

// insist calls write until it is done or turns out to be too late, and returns
// the end that is reached then: end or lost. While the database is out of
// reach it tries again, for as long as the processor runs: until somebody
// knows how the run ended, the claim is kept. Later than that it is abandoned.
func (p *Processor) insist(house context.Context, log *slog.Logger, end string, write func(context.Context) error) string {
	for pauses := p.pauses(); ; {
		ctx, cancel := context.WithTimeout(house, p.pace.finish)
		err := write(ctx)
		cancel()
		switch {
		case err == nil:
			return end
		case errors.Is(err, job.ErrLeaseLost):
			return lost
		}
		log.Warn("write the end of a run", "end", end, "error", err)
		if !pause(house, pauses.NextBackOff()) {
			return abandoned
		}
	}
}

// discard removes the files of an attempt that is not the result.
func (p *Processor) discard(house context.Context, r *run, res *result) {
	if res == nil {
		return // nothing was stored
	}
	ctx, cancel := context.WithTimeout(house, p.pace.statement)
	defer cancel()
	if err := p.Files.RemoveAttempt(ctx, attemptOf(r.Claim)); err != nil && house.Err() == nil {
		p.Log.Warn("remove the files of an attempt", "job_id", r.ID, "fence", r.Fence, "error", err)
	}
}

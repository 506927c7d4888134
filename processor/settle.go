package processor

import (
	"context"
	"errors"
	"log/slog"

	"github.com/cenkalti/backoff/v5"

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
func (p *Processor) settle(house context.Context, r *run, res *result, err error) string {
	cause := context.Cause(r.ctx)
	end := lost
	switch {
	case !r.close():
		end = released // drain has written it
	case errors.Is(cause, job.ErrLeaseLost):
		r.log(p.Log).Info("run is no longer ours", "stage", r.stage())
	case cause != nil:
		end = p.insist(house, r, released, p.limited(func(ctx context.Context) error { return p.release(ctx, []*run{r}) }))
	case err != nil:
		end = p.fail(house, r, err)
	default:
		return p.complete(house, r, res)
	}
	p.discard(house, r, res)
	return end
}

func (p *Processor) fail(house context.Context, r *run, err error) string {
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
	r.log(p.Log).Error("run failed", attrs...)
	end = p.insist(house, r, end, p.limited(func(ctx context.Context) error {
		put, err := p.pen(ctx)
		if err != nil {
			return err
		}
		defer put()
		return p.Queue.Fail(ctx, r.Claim, f)
	}))
	if end == retried {
		signal(p.later)
	}
	return end
}

// complete makes the result of r the result of its job.
func (p *Processor) complete(house context.Context, r *run, res *result) string {
	c := completing{Processor: p, r: r, outcome: p.outcome(r, res)}
	end := p.insist(house, r, completed, c.try)
	switch {
	case c.trouble != nil:
		end = p.fail(house, r, c.trouble)
	case end == completed:
		if p.Log.Enabled(house, slog.LevelInfo) { // naming the run has its price, where runs are short
			r.log(p.Log).Info("run completed", "model", res.model)
		}
		return end
	case end == lost:
		p.metrics.stale.Inc()
		r.log(p.Log).Warn("completion came too late and changed nothing")
	}
	p.distrust(house, r)
	// A completion after one that was not answered may find the lease lost
	// because the first took place. Then the files are the result: they stay,
	// and the audit sweeps them should they turn out not to be.
	if !c.unsure {
		p.discard(house, r, res)
	}
	return end
}

// outcome is what the database is to know of a result.
func (p *Processor) outcome(r *run, res *result) job.Outcome {
	o := job.Outcome{Checksums: res.checksums(), ModelUsed: res.model, Metrics: res.metrics}
	if !res.stub {
		o.Folder, o.OutputPath = p.Files.Paths(attemptOf(r.Claim))
	}
	return o
}

// insist calls write, which limits its time itself, until it is done or turns out
// to be too late, and returns the end that is reached then: end or lost. While the
// database is out of reach it tries again, for as long as the processor runs:
// until somebody knows how the run ended, the claim is kept. Later than that it is
// abandoned.
func (p *Processor) insist(house context.Context, r *run, end string, write func(context.Context) error) string {
	var pauses *backoff.ExponentialBackOff
	for {
		err := write(house)
		switch {
		case err == nil:
			return end
		case errors.Is(err, job.ErrLeaseLost):
			return lost
		}
		r.log(p.Log).Warn("write the end of a run", "end", end, "error", err)
		if pauses == nil {
			pauses = p.pauses()
		}
		if !pause(house, pauses.NextBackOff()) {
			return abandoned
		}
	}
}

// limited is write with a limit to its time.
func (p *Processor) limited(write func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, p.pace.finish)
		defer cancel()
		return write(ctx)
	}
}

// discard removes the files of an attempt that is not the result.
func (p *Processor) discard(house context.Context, r *run, res *result) {
	if res == nil || res.stub {
		return // nothing was stored
	}
	ctx, cancel := context.WithTimeout(house, p.pace.statement)
	defer cancel()
	if err := p.Files.RemoveAttempt(ctx, attemptOf(r.Claim)); err != nil && house.Err() == nil {
		p.Log.Warn("remove the files of an attempt", "job_id", r.ID, "fence", r.Fence, "error", err)
	}
}

package processor

import (
	"context"
	"time"
)

// watches looks after runs that do not go on: those that ignore for 5 s that
// they were told to stop, which Go cannot enforce and somebody should know, and
// those that were claimed because runs are short, while all slots turn out to
// be taken by long ones. These are handed back.
func (p *Processor) watches(ctx context.Context) {
	every(ctx, p.pace.watch, nil, func(context.Context) {
		for _, r := range p.runs.deaf(p.pace.deaf) {
			r.log(p.Log).Warn("a run goes on although it was told to stop", "stage", r.stage(), "cause", context.Cause(r.ctx))
		}
		if late := p.runs.unstarted(p.pace.patience); len(late) > 0 {
			p.tempo.forget()
			p.handBack(ctx, late, errWaited)
		}
	})
}

// handBack releases claims, whatever their runs are doing, with one statement.
// When that fails, each run does it for itself, for as long as it takes.
func (p *Processor) handBack(ctx context.Context, runs []*run, cause error) {
	var mine []*run
	for _, r := range runs {
		if r.close() {
			mine = append(mine, r)
		}
	}
	if len(mine) > 0 {
		timed, cancel := context.WithTimeout(ctx, p.pace.goodbye)
		defer cancel()
		if err := p.release(timed, mine); err != nil {
			p.Log.Warn("hand back jobs", "jobs", len(mine), "error", err)
			for _, r := range mine {
				r.reopen()
			}
		} else {
			p.Log.Info("handed back jobs", "jobs", len(mine), "cause", cause)
		}
	}
	for _, r := range runs {
		r.cancel(cause)
	}
}

// release hands back the claims of runs. The database passes over rows that
// somebody else holds just now: the next claim, or the last goodbye, sees that
// they are not forgotten.
func (p *Processor) release(ctx context.Context, runs []*run) error {
	defer p.doubt.Store(true)
	return p.Queue.Release(ctx, claimsOf(runs))
}

// deaf returns the runs at work that were told to stop at least d ago, each
// once.
func (rs *runs) deaf(d time.Duration) []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var found []*run
	now := time.Now()
	for _, r := range rs.all {
		switch {
		case r.phase != atWork || r.ctx.Err() == nil || r.told:
		case r.stopped.IsZero():
			r.stopped = now
		case now.Sub(r.stopped) >= d:
			r.told = true
			found = append(found, r)
		}
	}
	return found
}

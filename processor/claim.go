package processor

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// claims takes jobs while slots are free, until ctx ends. house outlives ctx:
// the runs go on in it.
//
// A wake-up leads to a claim at once. One that arrives meanwhile waits in the
// channel, so that the last is never lost. After a full claim the next follows
// as soon as a slot is free; after an empty one there is quiet for 10 ms, so
// that many processors do not answer a burst of wake-ups with a storm.
func (p *Processor) claims(ctx, house context.Context) {
	poll := time.NewTimer(0)
	defer poll.Stop()
	pauses, trouble := p.pauses(), p.complaint("claim jobs")
	want := false
	for ctx.Err() == nil {
		free := p.Slots - p.runs.count()
		if !want || free <= 0 {
			want = p.await(ctx, poll, want)
			continue
		}
		n, err := p.claim(ctx, house, free)
		trouble.note(ctx, err)
		switch {
		case err != nil:
			pause(ctx, pauses.NextBackOff())
			continue // still wanted
		case n == 0:
			pause(ctx, p.pace.quiet)
		}
		pauses.Reset()
		want = n == free
	}
}

// await blocks until something may have changed, and reports whether a claim
// is wanted.
func (p *Processor) await(ctx context.Context, poll *time.Timer, want bool) bool {
	select {
	case <-ctx.Done():
	case <-p.freed:
		return want
	case <-p.wake:
	case <-poll.C:
		interval := p.pace.poll
		if p.Listening() {
			interval = p.pace.slowPoll
		}
		poll.Reset(jittered(interval))
	}
	return true
}

// claim takes up to free jobs and starts them.
func (p *Processor) claim(ctx, house context.Context, free int) (int, error) {
	if p.silent() {
		return 0, errSilence
	}
	if err := p.reconcile(house); err != nil {
		return 0, err
	}
	// The statement outlives ctx: cut short, it might take jobs unseen.
	timed, cancel := context.WithTimeout(house, p.pace.statement)
	defer cancel()
	claimed, err := p.Queue.Claim(timed, p.ID, free, 0)
	p.metrics.countClaim(len(claimed), free, err)
	if err != nil {
		p.doubt = true
		return 0, err
	}
	if ctx.Err() != nil && len(claimed) > 0 {
		return 0, p.Queue.Release(timed, claimed)
	}
	for _, c := range claimed {
		r := p.runs.add(house, c)
		go p.run(house, r)
	}
	return len(claimed), nil
}

// reconcile hands back what a claim may have taken whose answer never came.
func (p *Processor) reconcile(ctx context.Context) error {
	if !p.doubt {
		return nil
	}
	timed, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	n, err := p.Queue.Reconcile(timed, p.ID, p.runs.claims())
	if err != nil {
		return err
	}
	p.doubt = false
	if n > 0 {
		p.Log.Warn("handed back jobs whose claim was not answered", "jobs", n)
	}
	return nil
}

// pauses returns the waits after errors: they double, with jitter.
func (p *Processor) pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = p.pace.retry, p.pace.retryMost, 2
	b.Reset()
	return b
}

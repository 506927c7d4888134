package processor

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// claims takes jobs while there is room, until ctx ends. house outlives ctx:
// the runs go on in it.
//
// A wake-up leads to a claim at once. One that arrives meanwhile waits in the
// channel, so that the last is never lost. After a full claim the next follows
// as soon as there is room; after an empty one there is quiet for 10 ms, so
// that many processors do not answer a burst of wake-ups with a storm.
func (p *Processor) claims(ctx, house context.Context) {
	c := newClaimer(p, house)
	for ctx.Err() == nil {
		now := time.Now()
		if c.due(now) {
			c.look(ctx, now)
		}
		room := c.room()
		switch {
		case c.alone:
			c.isolate(ctx)
		case c.wanted && room > 0 && !now.Before(c.quiet):
			c.claim(ctx, room)
		default:
			c.await(ctx, now)
		}
	}
}

// claimer is what the claims remember from one to the next. It is used by one
// goroutine.
type claimer struct {
	*Processor
	house   context.Context
	pauses  *backoff.ExponentialBackOff
	trouble *complaint
	mark    mark
	wanted  bool      // there may be work
	full    bool      // the next claim begins before the mark
	fullAt  time.Time // when the last such claim was made
	quiet   time.Time // no claim before

	schedule
	suspicion
}

func newClaimer(p *Processor, house context.Context) *claimer {
	c := &claimer{Processor: p, house: house, pauses: p.pauses(), trouble: p.complaint("claim jobs"), mark: mark{age: p.pace.mark}}
	c.schedule.trouble = p.complaint("look for jobs whose time has come")
	c.strays = p.complaint("look for claims that nobody here knows of")
	return c
}

// room is how many jobs may be claimed now: one for each free slot, and while
// runs are short those that a slot will soon be free for. Then twice as many again
// may be held whose end is being written, so that some are claimed while others
// are completed.
func (p *Processor) room() int {
	held, active := p.runs.count()
	line := p.tempo.line(p.Slots)
	if line == 0 {
		return min(p.Slots-active, 2*p.Slots-held) // should ends be slow to be written, they do not pile up
	}
	most := max(p.Slots, mostHeld)
	room := min(p.Slots+line-active, (1+mostLeaders)*most-held)
	if held > active && room < min(p.Slots+line, most) && time.Since(p.runs.lastEnd()) < p.pace.stall {
		return 0 // not worth a statement: there is more when the next end is written, unless it is held up
	}
	return room
}

// claim takes up to free jobs and starts them.
func (c *claimer) claim(ctx context.Context, free int) {
	low := int64(0)
	if !c.full {
		low = c.mark.at(time.Now())
	}
	claimed, err := c.take(func(ctx context.Context) ([]job.Claim, error) { return c.Queue.Claim(ctx, c.ID, free, low) })
	c.metrics.countClaim(len(claimed), free, low, err)
	c.trouble.note(ctx, err)
	c.noteClaim(err)
	if err != nil {
		pause(ctx, c.pauses.NextBackOff())
		return // still wanted
	}
	c.pauses.Reset()
	now, n, asked := time.Now(), len(claimed), c.full
	c.wanted = n == free
	switch {
	case asked: // what came back full may have left something before the mark
		c.fullAt, c.full = now, c.wanted && !passed(claimed, c.mark.at(now))
	case !c.wanted:
		c.lookAt = c.fullAt.Add(c.pace.full)
	}
	if n == 0 && !asked {
		c.quiet = now.Add(c.pace.quiet)
	}
	c.mark.note(claimed, now)
	c.start(ctx, claimed)
}

// take runs a statement that claims. It outlives ctx: cut short, it might take
// jobs unseen.
func (c *claimer) take(statement func(context.Context) ([]job.Claim, error)) ([]job.Claim, error) {
	if c.silent() {
		return nil, errSilence
	}
	if err := c.reconcile(c.house); err != nil {
		return nil, err
	}
	timed, cancel := context.WithTimeout(c.house, c.pace.statement)
	defer cancel()
	claimed, err := statement(timed)
	if err != nil {
		c.doubt.Store(true)
	}
	return claimed, err
}

// start begins the runs of what was claimed; those that came when the processor
// was told to stop are handed back.
func (c *claimer) start(ctx context.Context, claimed []job.Claim) {
	for _, r := range c.runs.add(c.house, claimed) {
		if ctx.Err() != nil {
			r.cancel(errStopping)
		}
		go c.run(c.house, r)
	}
}

// reconcile hands back what the database holds as claimed and nobody here knows
// of: the answer to a claim was lost.
func (p *Processor) reconcile(ctx context.Context) error {
	if !p.doubt.Load() {
		return nil
	}
	timed, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	n, err := p.Queue.Reconcile(timed, p.ID, claimsOf(p.runs.held()))
	if err != nil {
		return err
	}
	p.doubt.Store(false)
	if n > 0 {
		p.Log.Warn("handed back jobs that nobody here knew of", "jobs", n)
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

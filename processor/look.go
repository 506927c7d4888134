package processor

import (
	"context"
	"time"
)

// schedule is when the claimer looks around. Zero times are never.
type schedule struct {
	pollAt    time.Time // a look that nobody asked for
	lookAt    time.Time // a look because a claim from the mark on found too little
	promoteAt time.Time // the time of the next job that waits for its own
	promoted  time.Time // when such jobs were last looked for
	trouble   *complaint
	strays    *complaint
}

// due reports whether it is time to look for something.
func (c *claimer) due(now time.Time) bool {
	for _, t := range []time.Time{c.lookAt, c.promoteAt, c.suspectAt} {
		if !t.IsZero() && !now.Before(t) {
			return true
		}
	}
	return !now.Before(c.pollAt)
}

// look makes jobs claimable whose time has come. When a poll is due, or a claim
// from the mark on found too little, the next claim is a full pass.
func (c *claimer) look(ctx context.Context, now time.Time) {
	poll := !now.Before(c.pollAt)
	if poll {
		interval := c.pace.poll
		if c.Listening() {
			interval = c.pace.slowPoll
		}
		c.pollAt = now.Add(jittered(interval))
		c.review(ctx)
	}
	if poll || !c.lookAt.IsZero() && !now.Before(c.lookAt) {
		c.lookAt, c.wanted, c.full = time.Time{}, true, true
	}
	c.promote(ctx, now)
}

// review hands back what nobody here knows of, also while there is no room for a
// claim. A claim that was given up may take effect after it was looked for, when
// the disk of the server stalls: so it is looked for again and again.
func (c *claimer) review(ctx context.Context) {
	c.doubt.Store(true)
	c.strays.note(ctx, c.reconcile(c.house))
}

// promote makes jobs claimable whose time has come, and learns when to call it
// again. When it fails the next poll does.
func (c *claimer) promote(ctx context.Context, now time.Time) {
	timed, cancel := context.WithTimeout(ctx, c.pace.statement)
	defer cancel()
	c.promoted, c.promoteAt = now, time.Time{}
	found, err := c.Queue.Promote(timed)
	c.schedule.trouble.note(ctx, err)
	if err != nil {
		c.suspectAt = time.Time{}
		return
	}
	if found.Promoted > 0 {
		c.metrics.promoted.Add(float64(found.Promoted))
		c.wanted = true
	}
	if found.Next > 0 {
		next := found.Next
		if found.Promoted == 0 {
			next = max(next, c.pace.quiet) // it may be locked for as long as somebody's transaction is open
		}
		c.promoteAt = now.Add(next)
	}
	c.suspect(ctx, found)
}

// await blocks until something may have changed.
func (c *claimer) await(ctx context.Context, now time.Time) {
	timer := time.NewTimer(c.wait(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c.freed:
	case <-c.wake:
		c.wanted = true
	case <-c.later:
		// A job was put off by this very process, perhaps until before the next poll.
		if soon := c.promoted.Add(c.pace.later); c.promoteAt.IsZero() || soon.Before(c.promoteAt) {
			c.promoteAt = soon
		}
	}
}

// wait is how long nothing is due.
func (c *claimer) wait(now time.Time) time.Duration {
	next := c.pollAt
	times := []time.Time{c.lookAt, c.promoteAt, c.suspectAt}
	if c.wanted && !c.alone {
		if c.room() > 0 {
			times = append(times, c.quiet)
		} else if held, active := c.runs.count(); held > active {
			if patient := c.runs.lastEnd().Add(c.pace.stall); patient.After(now) {
				times = append(times, patient)
			}
		}
	}
	for _, t := range times {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return next.Sub(now)
}

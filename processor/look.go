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
	}
	if poll || !c.lookAt.IsZero() && !now.Before(c.lookAt) {
		c.lookAt, c.wanted, c.full = time.Time{}, true, true
	}
	c.promote(ctx, now)
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
		c.promoteAt = now.Add(found.Next)
	}
	c.suspect(found)
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
	if c.wanted && !c.alone && c.room() > 0 {
		times = append(times, c.quiet)
	}
	for _, t := range times {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	return next.Sub(now)
}

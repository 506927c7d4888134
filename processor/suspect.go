package processor

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// suspicion is how a processor deals with suspects: jobs under which processors
// died, twice. Each runs alone in its process, so that a third death takes
// nobody along. Who holds nothing takes one at once. The others wait a while,
// each as long as chance wants, and then one of them makes room: it claims no
// more until it holds nothing, while the rest go on.
type suspicion struct {
	alone      bool      // on the way to hold nothing, or there
	aloneUntil time.Time // take no more suspects then; zero: not there yet
	suspectAt  time.Time // when to begin, if suspects still wait; zero: none do
}

// suspect takes what was learned of suspects.
func (c *claimer) suspect(ctx context.Context, found job.Promotion) {
	now := time.Now()
	held, _ := c.runs.count()
	switch {
	case !found.Suspects:
		c.suspectAt = time.Time{}
		if c.alone && c.aloneUntil.IsZero() {
			c.mingle() // another processor was faster
		}
	case held == 0:
		c.alone, c.suspectAt = true, time.Time{}
	case c.alone:
		if c.aloneUntil.IsZero() && !c.makeRoom(ctx) {
			c.mingle() // another processor has begun to
		}
	case c.suspectAt.IsZero():
		c.suspectAt = now.Add(rand.N(c.pace.suspect))
	case !now.Before(c.suspectAt):
		c.alone, c.suspectAt = c.makeRoom(ctx), time.Time{}
	}
}

// makeRoom asks to be the one that claims no more.
func (c *claimer) makeRoom(ctx context.Context) bool {
	timed, cancel := context.WithTimeout(ctx, c.pace.statement)
	defer cancel()
	granted, err := c.Queue.MakeRoom(timed, c.ID)
	c.trouble.note(ctx, err)
	return granted
}

// isolate takes the next suspect when the process holds nothing.
func (c *claimer) isolate(ctx context.Context) {
	now := time.Now()
	if held, _ := c.runs.count(); held > 0 {
		c.await(ctx, now)
		return
	}
	if c.aloneUntil.IsZero() {
		c.aloneUntil = now.Add(c.pace.alone)
	}
	if !now.Before(c.aloneUntil) {
		c.mingle() // the others have waited long enough
		return
	}
	claimed, err := c.take(func(ctx context.Context) ([]job.Claim, error) { return c.Queue.ClaimSuspect(ctx, c.ID) })
	c.trouble.note(ctx, err)
	switch {
	case err != nil:
		pause(ctx, c.pauses.NextBackOff())
		return
	case len(claimed) == 0:
		c.mingle()
	}
	for _, suspect := range claimed {
		c.Log.Warn("running a job alone, for processors died under it", "job_id", suspect.ID, "attempt", suspect.Attempt)
	}
	c.pauses.Reset()
	c.metrics.suspects.Add(float64(len(claimed)))
	c.start(ctx, claimed)
}

// mingle goes back to claiming as usual.
func (c *claimer) mingle() {
	c.suspicion = suspicion{}
	c.wanted, c.full = true, true
}

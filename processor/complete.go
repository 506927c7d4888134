package processor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pgcast/pgcast/internal/job"
)

// mostCompletions is how often a completion is tried before the run fails, so
// that one the database refuses is not tried for ever.
const mostCompletions = 8

// errSlow is a publication that takes too long to keep others waiting.
var errSlow = errors.New("processor: slow to publish")

// completing is the completion of one run, until it is known what became of it.
type completing struct {
	*Processor
	r       *run
	outcome job.Outcome
	tries   int
	unsure  bool  // a try was not answered, and may have taken place
	trouble error // what ends the attempt: with the bucket, or with the row
}

// try publishes the files and commits the outcome, fenced. It returns nil also
// when there is trouble that does not pass.
func (c *completing) try(ctx context.Context) error {
	c.tries++
	err := c.write(ctx)
	bucket := (*storageError)(nil)
	switch {
	case err == nil, errors.Is(err, job.ErrLeaseLost):
		return err
	case errors.As(err, &bucket), c.tries == mostCompletions:
		c.trouble = err
		return nil
	}
	c.unsure = true
	return err
}

// write completes a short run together with others, once. Who is held up there,
// and whoever ran for longer, is completed alone, so that no other has to wait.
func (c *completing) write(ctx context.Context) error {
	if c.tries == 1 && c.r.took < c.tempo.short {
		err := c.scribe.post(ctx, c)
		if !errors.Is(err, job.ErrBusy) && !errors.Is(err, errSlow) {
			return err
		}
	}
	return c.commit(ctx, []*completing{c})[0]
}

// commit completes runs in one transaction. Publications of several may not
// take as long as that of one.
func (p *Processor) commit(ctx context.Context, batch []*completing) []error {
	ctx, cancel := context.WithTimeout(ctx, p.pace.finish)
	defer cancel()
	put, err := p.pen(ctx)
	if err != nil {
		return slices.Repeat([]error{err}, len(batch))
	}
	defer put()
	p.metrics.batch.Observe(float64(len(batch)))
	publish := p.publish
	if p.Work != nil {
		publish = nil // there are no files
	} else if len(batch) > 1 {
		soon, cancel := context.WithTimeout(ctx, p.pace.publish)
		defer cancel()
		publish = func(_ context.Context, c job.Claim) error { return p.publishSoon(soon, c) }
	}
	cs := make([]job.Completion, len(batch))
	for i, c := range batch {
		cs[i] = job.Completion{Claim: c.r.Claim, Outcome: c.outcome}
	}
	errs := p.Queue.Complete(ctx, cs, publish)
	var done []*run
	for i, err := range errs {
		if err == nil {
			done = append(done, batch[i].r)
		}
	}
	p.runs.settled(done)
	return errs
}

// pen waits for the right to write an end, which may wait for its row or for the
// storage and holds a connection meanwhile. There are not as many pens as
// connections: some are left to say that the process lives.
func (p *Processor) pen(ctx context.Context) (put func(), err error) {
	select {
	case p.pens <- struct{}{}:
		return func() { <-p.pens }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
}

// publish is what the completion calls while it holds the row.
func (p *Processor) publish(ctx context.Context, c job.Claim) error {
	if err := p.Files.Publish(ctx, attemptOf(c)); err != nil {
		return &storageError{fmt.Errorf("publish: %w", err)}
	}
	return nil
}

// publishSoon is publish for as long as those completed together may take.
func (p *Processor) publishSoon(soon context.Context, c job.Claim) error {
	err := p.publish(soon, c)
	if err != nil && soon.Err() != nil {
		return errSlow
	}
	return err
}

package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
)

// How many jobs an audit takes at a time, and how many it looks at at once.
const (
	auditBatch   = 100
	auditReaders = 4
)

// audits look at the files of jobs that lost a claim lately. A processor that
// froze while it published can write after its lease is lost; this puts right
// what it left, within a minute.
func (p *Processor) audits(ctx context.Context) {
	if p.Files == nil {
		return
	}
	trouble := p.complaint("list jobs whose files are in doubt")
	every(ctx, p.pace.audit, nil, func(ctx context.Context) {
		for more := true; more && ctx.Err() == nil; {
			due, err := p.doubts(ctx)
			if err == nil && len(due) > 0 {
				err = p.assured(ctx, p.auditAll(ctx, due))
			}
			trouble.note(ctx, err)
			more = err == nil && len(due) == auditBatch
		}
	})
}

func (p *Processor) doubts(ctx context.Context) ([]job.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	return p.Queue.Doubts(ctx, auditBatch)
}

func (p *Processor) assured(ctx context.Context, ids []job.ID) error {
	ctx, cancel := context.WithTimeout(ctx, p.pace.statement)
	defer cancel()
	return p.Queue.Assured(ctx, ids)
}

// auditAll returns the jobs whose files are right, and those that are gone.
func (p *Processor) auditAll(ctx context.Context, ids []job.ID) (right []job.ID) {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(auditReaders)
	for _, id := range ids {
		group.Go(func() error {
			err := p.audit(ctx, id)
			switch {
			case err == nil || errors.Is(err, job.ErrNotFound):
				mu.Lock()
				defer mu.Unlock()
				right = append(right, id)
			case !errors.Is(err, job.ErrBusy) && ctx.Err() == nil:
				p.Log.Warn("audit the files of a job", "job_id", id, "error", err)
				p.doubtFiles(ctx, id) // frozen on the way, it may have put an older result there
			}
			return nil
		})
	}
	_ = group.Wait() // each has told
	return right
}

// audit compares the canonical files with the newest result while it holds the
// row, so that no other run is published meanwhile, and removes the folders of
// attempts that are no result.
func (p *Processor) audit(ctx context.Context, id job.ID) error {
	put, err := p.pen(ctx)
	if err != nil {
		return err
	}
	var s job.Standing
	timed, cancel := context.WithTimeout(ctx, p.pace.finish)
	defer cancel()
	err = p.Queue.WithRuns(timed, id, func(ctx context.Context, now job.Standing) error {
		s = now
		return p.mend(ctx, now)
	})
	put()
	if err != nil {
		return err
	}
	for _, r := range s.Runs {
		if err := p.removeLosers(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// mend puts the newest result at the canonical paths when something else is
// there, or nothing. Where nothing was ever published, what a lost claim copied
// is removed.
func (p *Processor) mend(ctx context.Context, s job.Standing) error {
	newest, ok := s.Result()
	if !ok {
		if s.Published {
			return nil // by a program older than the record of runs
		}
		if err := p.Files.Unpublish(ctx, s.Owner, s.Job); err != nil {
			return fmt.Errorf("remove canonical files: %w", err)
		}
		return nil
	}
	a := winner(newest)
	for name, want := range newest.Checksums {
		found, err := p.canonicalSum(ctx, a, name)
		switch {
		case err == nil && found == want:
			continue
		case err != nil && !errors.Is(err, job.ErrNotFound):
			return err
		}
		if err := p.Files.Publish(ctx, a); err != nil {
			return fmt.Errorf("mend %s: %w", name, err)
		}
		p.metrics.mended.Inc()
		p.Log.Warn("mended canonical files that were not the result", "job_id", a.Job, "forecast_id", a.Run, "file", name)
		return nil
	}
	return nil
}

func (p *Processor) canonicalSum(ctx context.Context, a Attempt, name string) (string, error) {
	body, err := p.Files.Canonical(ctx, a, name)
	if err != nil {
		return "", fmt.Errorf("open canonical %s: %w", name, err)
	}
	defer body.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, body); err != nil {
		return "", fmt.Errorf("read canonical %s: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// removeLosers removes the folders of a run's attempts, but for the one that is
// the result. A run that has not ended is left alone.
func (p *Processor) removeLosers(ctx context.Context, r job.Run) error {
	if !r.Status.Terminal() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.pace.finish)
	defer cancel()
	a := winner(r)
	fences, err := p.Files.Attempts(ctx, a)
	if err != nil {
		return fmt.Errorf("list attempts: %w", err)
	}
	for _, fence := range fences {
		if fence == r.Fence && r.ExpiredAt == nil {
			continue
		}
		loser := a
		loser.Fence = fence
		if err := p.Files.RemoveAttempt(ctx, loser); err != nil {
			return fmt.Errorf("remove attempt %d: %w", fence, err)
		}
		p.metrics.swept.Inc()
	}
	return nil
}

// distrust has the files of a job looked at whose run may have been published
// though it is not the result.
func (p *Processor) distrust(house context.Context, r *run) {
	if p.Files != nil {
		p.doubtFiles(house, r.ID)
	}
}

func (p *Processor) doubtFiles(house context.Context, id job.ID) {
	ctx, cancel := context.WithTimeout(house, p.pace.statement)
	defer cancel()
	if err := p.Queue.Doubt(ctx, id); err != nil && house.Err() == nil {
		p.Log.Warn("have the files of a job looked at", "job_id", id, "error", err)
	}
}

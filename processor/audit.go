package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/pgcast/pgcast/internal/job"
)

// mostAudited bounds one audit; what changed last comes first.
const mostAudited = 50

// audits compares the canonical files of jobs that changed lately with the
// checksums of their result, and sweeps attempts that did not win. A processor
// that froze while it published can write after its lease is lost; within a
// minute this puts right what it left.
func (p *Processor) audits(ctx context.Context) {
	if p.Files == nil {
		return
	}
	trouble := p.complaint("list recent runs")
	every(ctx, p.pace.audit, nil, func(ctx context.Context) {
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		runs, err := p.Queue.Recent(timed, p.pace.recent)
		cancel()
		trouble.note(ctx, err)
		for _, r := range runs[:min(len(runs), mostAudited)] {
			if err := p.audit(ctx, r); err != nil && ctx.Err() == nil {
				p.Log.Warn("audit the files of a run", "job_id", r.JobID, "forecast_id", r.ID, "error", err)
			}
		}
	})
}

func (p *Processor) audit(ctx context.Context, r job.Run) error {
	a := winner(r)
	if err := p.mend(ctx, a, r.Checksums); err != nil {
		return err
	}
	fences, err := p.Files.Attempts(ctx, a)
	if err != nil {
		return fmt.Errorf("list attempts: %w", err)
	}
	for _, fence := range fences {
		if fence == a.Fence {
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

// mend publishes the result again when something else is at a canonical path.
// A file that is not there at all was removed by somebody, perhaps with the
// whole job, and stays away.
func (p *Processor) mend(ctx context.Context, a Attempt, checksums map[string]string) error {
	for name, want := range checksums {
		found, err := p.canonicalSum(ctx, a, name)
		switch {
		case errors.Is(err, job.ErrNotFound) || err == nil && found == want:
			continue
		case err != nil:
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

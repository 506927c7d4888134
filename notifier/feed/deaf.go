package feed

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// noNotifications is what an operator is told where LISTEN hears nothing.
const noNotifications = "notifications do not arrive, as behind a pooler that hands out transactions: " +
	"the database is asked every second; give DATABASE_LISTEN_URL a direct connection or a session pooler"

// proofPrefix begins the payload of a proof, which is no notice.
const proofPrefix = "proof "

func isProof(payload string) bool { return strings.HasPrefix(payload, proofPrefix) }

// prove finds out, again and again, whether notifications arrive: a pooler that
// hands out transactions takes a LISTEN and delivers nothing. Until one has
// arrived nobody asks the trigger for notices, which cost writers time; changes
// of status come from the trail then, and progress from looking at what runs.
func (f *Feed) prove(ctx context.Context, proofs <-chan string, live func(Mode)) error {
	for known := false; ; {
		hears, err := f.hears(ctx, proofs)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && (!known || hears == f.deaf.Load()) {
			if err := f.want(ctx, hears); err != nil {
				return err
			}
			known = true
			f.deaf.Store(!hears)
			if hears {
				live(Listen)
			} else {
				live(Poll)
			}
		}
		switch {
		case err != nil: // it was not sent, so nothing is known
			wait(ctx, f.config.ProofPatience)
		case hears:
			wait(ctx, f.config.ProofEvery)
		default:
			wait(ctx, f.config.ProofEvery/6)
		}
	}
}

// hears reports whether a notification arrives that is sent now.
func (f *Feed) hears(ctx context.Context, proofs <-chan string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	proof := proofPrefix + rand.Text()
	if err := f.config.Rows.Notify(ctx, channel, proof); err != nil {
		return false, err
	}
	late := time.NewTimer(f.config.ProofPatience)
	defer late.Stop()
	for {
		select {
		case arrived := <-proofs:
			if arrived == proof {
				return true, nil
			}
		case <-late.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// finder finds jobs that run while no notice tells of them.
type finder struct {
	looks map[job.ID]int // at which a job was there
}

// ripe is after how many looks the progress of a job is told: by then the trail
// has told that it runs.
const ripe = 3

// running adds the jobs that run to those whose progress is told.
func (f *finder) running(ctx context.Context, rows Rows, running map[job.ID]int64) error {
	now, err := rows.Running(ctx)
	if err != nil {
		return err
	}
	looks := make(map[job.ID]int, len(now))
	for _, r := range now {
		looks[r.ID] = f.looks[r.ID] + 1
		if _, told := running[r.ID]; !told && looks[r.ID] >= ripe {
			running[r.ID] = r.Version - 1 // so that what happened meanwhile is told
		}
	}
	f.looks = looks
	return nil
}

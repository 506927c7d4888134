package processor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// The processors of these tests never poll: what is found is found by wake-ups
// and by the time.

// TestAJobOfALongTransactionIsFound: others that were asked for later have been
// claimed meanwhile, so its turn lies before the mark.
func TestAJobOfALongTransactionIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tune = (*processor.Processor).Rarely
	b.start(nil, func(c *processor.Config) { c.Files, c.Work = nil, nothing })
	tx, err := b.Connect(t).Begin(t.Context())
	b.noError(err)
	late := job.NewID()
	_, err = tx.Exec(t.Context(), `insert into jobs (id, user_id, file_name, params) values ($1, $2, 'f.csv', '{}')`, late.String(), b.user.String())
	b.noError(err)
	for range 5 {
		b.await(b.Job(t, b.user, `{}`).ID, job.Completed)
	}
	b.noError(tx.Commit(t.Context()))
	b.await(late, job.Completed)
}

// TestARetryStartsAtItsTime, about two seconds after the attempt that failed.
func TestARetryStartsAtItsTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tune = (*processor.Processor).Rarely
	b.start(nil, func(c *processor.Config) {
		c.Files, c.Work = nil, func(_ context.Context, claim job.Claim) error {
			if claim.Attempt == 1 {
				return errors.New("it may pass")
			}
			return nil
		}
	})
	if done := b.await(b.Job(t, b.user, `{}`).ID, job.Completed); done.Attempts != 2 {
		t.Errorf("completed with %d attempts, want 2", done.Attempts)
	}
}

package processor

import (
	"context"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Queue is what the processor needs from the database. Every write that names
// a claim is fenced: it changes nothing, and says [job.ErrLeaseLost], unless
// the claim's fence is still the row's.
type Queue interface {
	// Heartbeat registers the processor and says that it lives.
	Heartbeat(ctx context.Context, p job.Processor) error
	// Deregister says goodbye; jobs still claimed are free to be rescued.
	Deregister(ctx context.Context, processor string) error

	// Claim takes up to slots jobs, none when there is nothing to do. Of those
	// of priority 0 it looks only at turns from above on; 0: all.
	Claim(ctx context.Context, processor string, slots int, above int64) ([]job.Claim, error)
	// ClaimSuspect takes a job under which processors died, if there is one:
	// Claim passes it over.
	ClaimSuspect(ctx context.Context, processor string) ([]job.Claim, error)
	// MakeRoom reports whether processor is the one, for the next 15 s, that
	// claims no more until it can run a suspect.
	MakeRoom(ctx context.Context, processor string) (bool, error)
	// Promote makes jobs claimable whose time has come.
	Promote(ctx context.Context) (job.Promotion, error)
	// Reconcile releases what the database holds as claimed by processor
	// beside held, and returns how many jobs that were. It is called when the
	// answer to a claim was lost.
	Reconcile(ctx context.Context, processor string, held []job.Claim) (int, error)
	// Report writes progress and returns the jobs whose tick was refused
	// because the claim is no longer the row's.
	Report(ctx context.Context, ticks []job.Tick) (lost []job.ID, err error)

	// Complete holds the rows of the claims, calls publish for each, and
	// commits the outcomes of those it returned nil for, in one transaction. A nil
	// publish says that there is nothing to publish. There is one error for each:
	// nil, [job.ErrLeaseLost], what publish returned, [job.ErrBusy] where one of
	// several rows is somebody else's just now, or the trouble of the transaction.
	// A single completion waits for its row.
	Complete(ctx context.Context, cs []job.Completion, publish func(context.Context, job.Claim) error) []error
	// Fail ends the attempt without a result.
	Fail(ctx context.Context, c job.Claim, f job.Failure) error
	// Release hands claims back; the attempts are not counted. Claims that
	// are lost are left alone.
	Release(ctx context.Context, claims []job.Claim) error

	// Depth counts the jobs that wait to be claimed, up to most.
	Depth(ctx context.Context, most int) (int, error)
	// Rescue frees the jobs of dead processors and returns how many.
	Rescue(ctx context.Context) (int, error)
	// Expire looks at runs whose time to look has come, and returns how many. It
	// marks those whose folders are no longer kept: those beyond the newest keep
	// completed of their job, and those that ended without a result.
	Expire(ctx context.Context, keep int) (int, error)
	// Sweep returns folders that are to be removed, of expired runs and of
	// deleted jobs. Each comes again after a while, until Swept is told that it
	// has gone.
	Sweep(ctx context.Context) ([]job.Leftover, error)
	Swept(ctx context.Context, gone []job.Leftover) error
	// PruneEvents removes events that are older, up to 10,000, and returns how
	// many.
	PruneEvents(ctx context.Context, older time.Duration) (int, error)
	// Doubts returns jobs that lost a claim lately, whose files are due to be
	// compared with their result: up to most of them, each again and again for a
	// while, and then until Assured is told of it. Doubt adds a job to them.
	Doubts(ctx context.Context, most int) ([]job.ID, error)
	Assured(ctx context.Context, ids []job.ID) error
	Doubt(ctx context.Context, id job.ID) error
	// WithRuns holds the row of a job and calls look with what its files should
	// be. It says [job.ErrBusy] when somebody else holds the row, and
	// [job.ErrNotFound] when there is no such job.
	WithRuns(ctx context.Context, id job.ID, look func(context.Context, job.Standing) error) error
}

package processor

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Why a run was stopped before its time, beside [job.ErrLeaseLost].
var (
	errStopping = errors.New("processor: stopping")
	errSilence  = errors.New("processor: the database was out of reach for too long")
	errWaited   = errors.New("processor: no slot became free soon enough")
)

// phase is where a run stands: waiting for a slot, at work in one, or done
// with the work while its end is being written.
type phase int

const (
	inLine phase = iota
	atWork
	ending
)

// run is one claim held by the process.
type run struct {
	job.Claim
	ctx    context.Context // ends, with its cause, when the work is to stop
	cancel context.CancelCauseFunc
	since  time.Time     // of the claim
	took   time.Duration // the work; set when it is done

	// These are guarded by the mutex of runs.
	phase   phase
	over    bool      // the end is written
	stopped time.Time // when it was seen at work after its ctx had ended
	told    bool      // the log says so

	mu       sync.Mutex
	progress job.Progress
	closing  bool // its end is being written: no more reports
}

// log returns a logger that names the run.
func (r *run) log(to *slog.Logger) *slog.Logger {
	return to.With("job_id", r.ID, "forecast_id", r.RunID, "fence", r.Fence, "attempt", r.Attempt, "trace_id", r.TraceID)
}

// advance records how far the run is.
func (r *run) advance(fraction float64, stage string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = job.Progress{Fraction: min(max(fraction, 0), 1), Stage: stage}
}

// stage returns what the run was last at.
func (r *run) stage() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress.Stage
}

// close says that the end of the run is being written. It returns false when
// somebody else writes it already.
func (r *run) close() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.closing
	r.closing = true
	return first
}

// reopen takes close back: the end could not be written.
func (r *run) reopen() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing = false
}

// tick returns the report of the run, false once it is closing.
func (r *run) tick() (job.Tick, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return job.Tick{ID: r.ID, Fence: r.Fence, Progress: r.progress}, !r.closing
}

func claimsOf(runs []*run) []job.Claim {
	claims := make([]job.Claim, len(runs))
	for i, r := range runs {
		claims[i] = r.Claim
	}
	return claims
}

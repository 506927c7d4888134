package processor

import (
	"context"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Hasten makes p audit, sweep and count as often as d.
func (p *Processor) Hasten(d time.Duration) { p.pace.audit, p.pace.sweep, p.pace.depth = d, d, d }

// Short makes work that takes less than d count as short.
func (p *Processor) Short(d time.Duration) { p.tempo = newTempo(d) }

// Undrawn lets runs do work instead of a forecast, as Config.Work does, but
// publish results, which have no files.
func (p *Processor) Undrawn(work func(context.Context, job.Claim) error) {
	p.work = func(r *run) (*result, error) {
		return &result{model: "none"}, work(r.ctx, r.Claim)
	}
}

// Rarely makes p poll as good as never, and moves its mark on quickly.
func (p *Processor) Rarely() {
	p.pace.poll, p.pace.slowPoll, p.pace.mark = time.Hour, time.Hour, 10*time.Millisecond
}

package processor

import (
	"context"
	"math"
)

// mostDepth bounds the count of waiting jobs: beyond it there is much to do, and
// counting it would add to that.
const mostDepth = 1000

// depths counts the waiting jobs now and then, for the metrics.
func (p *Processor) depths(ctx context.Context) {
	trouble := p.complaint("count waiting jobs")
	every(ctx, p.pace.depth, nil, func(ctx context.Context) {
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		defer cancel()
		waiting, err := p.Queue.Depth(timed, mostDepth)
		trouble.note(ctx, err)
		if err != nil {
			p.metrics.depth.Set(math.NaN())
			return
		}
		p.metrics.depth.Set(float64(waiting))
	})
}

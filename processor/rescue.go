package processor

import "context"

// rescues frees the jobs of processors that died. Every processor does it, so
// that nobody has to be elected; rows that another one holds are skipped.
func (p *Processor) rescues(ctx context.Context) {
	trouble := p.complaint("rescue jobs")
	every(ctx, p.pace.rescue, nil, func(ctx context.Context) {
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		defer cancel()
		n, err := p.Queue.Rescue(timed)
		trouble.note(ctx, err)
		if n > 0 {
			p.metrics.rescued.Add(float64(n))
			p.Log.Warn("rescued jobs of dead processors", "jobs", n)
			p.Wake()
		}
	})
}

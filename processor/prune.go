package processor

import "context"

// fullPrune is what one call of PruneEvents removes at most.
const fullPrune = 10_000

// prune removes events that are older than is kept, until none are left.
func (p *Processor) prune(ctx context.Context) error {
	if p.KeepEvents < 0 {
		return nil
	}
	for removed := fullPrune; removed >= fullPrune && ctx.Err() == nil; {
		timed, cancel := context.WithTimeout(ctx, p.pace.statement)
		var err error
		removed, err = p.Queue.PruneEvents(timed, p.KeepEvents)
		cancel()
		if err != nil {
			return err
		}
		p.metrics.pruned.Add(float64(removed))
	}
	return nil
}

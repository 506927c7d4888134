package processor

import "time"

// Hasten makes p audit and sweep as often as d.
func (p *Processor) Hasten(d time.Duration) { p.pace.audit, p.pace.sweep = d, d }

package processor

import (
	"testing"
	"time"
)

// TestWhoClaimsInVainIsNotReady, although its heartbeats arrive.
func TestWhoClaimsInVainIsNotReady(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(0), func(p *Processor, q *scripted) {
		rest(15 * time.Second) // until a heartbeat set out later than the clock began
		if err := p.Ready(); err != nil {
			t.Errorf("at first: %v", err)
		}
		q.set(func() { q.cut = true })
		p.Wake()
		rest(4 * time.Second)
		if err := p.Ready(); err != nil {
			t.Errorf("after a moment: %v", err)
		}
		rest(4 * time.Second)
		if p.Ready() == nil {
			t.Error("ready while no claim succeeds")
		}
		q.set(func() { q.cut = false })
		rest(10 * time.Second)
		if err := p.Ready(); err != nil {
			t.Errorf("when claims succeed again: %v", err)
		}
	})
}

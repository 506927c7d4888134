package processor

import (
	"errors"
	"time"
)

// Ready tells why the processor cannot run jobs now; nil when it can. One whose
// heartbeats do not arrive has stopped its work, see heartbeats.
func (p *Processor) Ready() error {
	switch {
	case p.contact.Load() == 0:
		return errors.New("the processor is not registered yet")
	case p.silent():
		return errors.New("no heartbeat arrived for so long that the jobs may be somebody else's by now")
	case p.claimsInVain():
		return errors.New("the database answers no claim, see the log")
	}
	return nil
}

// noteClaim takes the outcome of one more claim.
func (p *Processor) noteClaim(err error) {
	if err == nil {
		p.vain.Store(0)
	} else {
		p.vain.CompareAndSwap(0, int64(time.Since(p.start)))
	}
}

// claimsInVain reports whether claims have failed for as long as one may take.
func (p *Processor) claimsInVain() bool {
	since := p.vain.Load()
	return since != 0 && time.Since(p.start)-time.Duration(since) >= p.pace.statement
}

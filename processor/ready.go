package processor

import "errors"

// Ready tells why the processor cannot run jobs now; nil when it can. One whose
// heartbeats do not arrive has stopped its work, see heartbeats.
func (p *Processor) Ready() error {
	switch {
	case p.contact.Load() == 0:
		return errors.New("the processor is not registered yet")
	case p.silent():
		return errors.New("no heartbeat arrived for so long that the jobs may be somebody else's by now")
	}
	return nil
}

package processor

import (
	"context"
	"log/slog"
)

// complaint is one thing that can go wrong again and again. It is told in the
// log when it begins and when it is over, and in between only to those who
// asked for everything.
type complaint struct {
	log    *slog.Logger
	about  string
	active bool
}

func (p *Processor) complaint(about string) *complaint {
	return &complaint{log: p.Log, about: about}
}

// note takes the outcome of one more try. What fails because ctx ended is no
// complaint.
func (c *complaint) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !c.active:
		c.active = true
		c.log.Error(c.about, "error", err)
	case err != nil:
		c.log.Debug(c.about, "error", err)
	case c.active:
		c.active = false
		c.log.Info("works again", "what", c.about)
	}
}

package processor

import (
	"context"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// register says the first hello, as often as it takes, and reports false when
// ctx ends before it arrived.
func (p *Processor) register(ctx context.Context) bool {
	trouble := p.complaint("register the processor")
	for pauses := p.pauses(); ctx.Err() == nil; pause(ctx, pauses.NextBackOff()) {
		err := p.beat(ctx)
		trouble.note(ctx, err)
		if err == nil {
			return true
		}
	}
	return false
}

// heartbeats says that the process lives. Other processors take it for dead
// when it has said nothing for the lease of 30 s; its own work is stopped 5 s
// before, because somebody else may be about to start it again.
func (p *Processor) heartbeats(ctx context.Context) {
	pauses, trouble := p.pauses(), p.complaint("send a heartbeat")
	for wait := jittered(p.pace.heartbeat); pauseOr(ctx, p.orSilence(wait), p.hello); {
		if p.silent() {
			p.runs.interrupt(errSilence)
		}
		err := p.beat(ctx)
		trouble.note(ctx, err)
		if err == nil {
			pauses.Reset()
			wait = jittered(p.pace.heartbeat)
			continue
		}
		wait = pauses.NextBackOff()
	}
}

// beat sends one heartbeat. What counts is when it set out: the database reads
// its clock later.
func (p *Processor) beat(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, p.orSilence(p.pace.statement))
	defer cancel()
	begin := time.Since(p.start)
	_, running := p.runs.count()
	err := p.Queue.Heartbeat(timed, job.Processor{
		ID: p.ID, Name: p.Name, Slots: p.Slots, Running: running, LockKey: p.LockKey(),
	})
	if err == nil {
		p.contact.Store(int64(begin))
	}
	return err
}

// silent reports that no heartbeat has arrived for so long that the work may
// be somebody else's by now.
func (p *Processor) silent() bool { return p.untilSilence() <= 0 }

// orSilence is d, less when silence falls before.
func (p *Processor) orSilence(d time.Duration) time.Duration {
	if left := p.untilSilence(); left > 0 {
		return min(d, left)
	}
	return d
}

func (p *Processor) untilSilence() time.Duration {
	return time.Duration(p.contact.Load()) + p.pace.silence - time.Since(p.start)
}

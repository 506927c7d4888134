package feed

import (
	"context"
	"sync"
	"time"
)

// standby runs something while it is asked for.
type standby struct {
	run func(context.Context)

	mu     sync.Mutex
	cancel context.CancelFunc // nil while nothing runs
	done   chan struct{}
}

// startAfter starts it after d, unless it runs or is about to.
func (s *standby) startAfter(ctx context.Context, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	s.cancel, s.done = cancel, done
	go func() {
		defer close(done)
		if wait(ctx, d); ctx.Err() == nil {
			s.run(ctx)
		}
	}()
}

// stop ends it and waits until it has ended.
func (s *standby) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel == nil {
		return
	}
	s.cancel()
	<-s.done
	s.cancel = nil
}

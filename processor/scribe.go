package processor

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// scribe writes the ends of short runs, together where several wait, as a
// database commits in groups: the first who comes leads, takes all who wait,
// and writes for them; then the next who waits leads. Nobody waits for company.
// Where as many wait as are written together, a second leads beside the first.
//
// A leader who is held up, because a file is slow to be published, lets another
// lead meanwhile.
type scribe struct {
	most  int                                          // written together
	stall time.Duration                                // when a leader counts as held up
	write func(context.Context, []*completing) []error // one error for each

	mu        sync.Mutex
	waiting   []*letter
	leaders   int  // who were appointed and are not held up
	gathering bool // the last of them has not taken those who wait
}

// mostLeaders write side by side: while the database is at one's rows, another's
// are held, or on their way to the disk.
const mostLeaders = 2

type letter struct {
	*completing
	told   chan bool // true: lead; false: the answer is there
	answer error
}

// post hands over one completion and returns its outcome.
func (s *scribe) post(ctx context.Context, c *completing) error {
	l := &letter{completing: c, told: make(chan bool, 2)}
	s.mu.Lock()
	s.waiting = append(s.waiting, l)
	s.appoint()
	s.mu.Unlock()
	if lead := <-l.told; lead {
		s.lead(ctx)
		<-l.told
	}
	return l.answer
}

// appoint makes the first who waits lead, if another leader is wanted.
func (s *scribe) appoint() {
	n := len(s.waiting)
	if s.gathering || n == 0 || s.leaders > 0 && (n < s.most || s.leaders == mostLeaders) {
		return
	}
	s.leaders++
	s.gathering = true
	s.waiting[0].told <- true
}

// lead writes for the first who wait; the caller is one of them.
func (s *scribe) lead(ctx context.Context) {
	s.mu.Lock()
	for last := 0; last < len(s.waiting); { // those who come just now are taken along
		last = len(s.waiting)
		s.mu.Unlock()
		runtime.Gosched()
		s.mu.Lock()
	}
	n := min(len(s.waiting), s.most)
	batch := s.waiting[:n:n]
	s.waiting = s.waiting[n:]
	s.gathering = false
	s.appoint()
	s.mu.Unlock()

	leave := sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leaders--
		s.appoint()
	})
	defer time.AfterFunc(s.stall, leave).Stop()
	ends := make([]*completing, n)
	for i, l := range batch {
		ends[i] = l.completing
	}
	errs := s.write(ctx, ends)
	leave()
	for i, l := range batch {
		l.answer = errs[i]
		l.told <- false
	}
}

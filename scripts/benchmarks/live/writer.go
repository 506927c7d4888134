package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// flip changes the status of a job.
const flip = `update jobs set status = case status when 'pending' then 'canceled' else 'pending' end where id = $1::text::uuid returning version`

// told is one change on its way.
type told struct {
	sent   time.Time
	commit time.Duration // from the statement to its answer
	took   time.Duration // from the statement to the frame in the client's hands, 0: it did not come
}

// post writes changes of status at a rate, each to the next user, and notes when
// their frames arrive.
type post struct {
	house *house

	mu      sync.Mutex
	pending map[int]*told // by user: what was sent last and has not come
	all     []*told
	twice   atomic.Int64 // frames that nobody waited for
}

func newPost(h *house) *post { return &post{house: h, pending: map[int]*told{}} }

// arrived notes a frame.
func (p *post) arrived(client int, frame []byte) {
	if versionOf(frame) == 0 {
		return
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.pending[client]
	if t == nil {
		p.twice.Add(1)
		return
	}
	t.took = now.Sub(t.sent)
	delete(p.pending, client)
}

// write sends changes until d has passed or done is closed, and waits a little
// for the last ones.
func (p *post) write(ctx context.Context, rate int, d time.Duration, done <-chan struct{}) error {
	const writers = 8
	work, failed := make(chan int, 1000), make(chan error, writers)
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			for i := range work {
				if err := p.change(ctx, i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	begin := time.Now()
	err := func() error {
		for n := 0; d == 0 || time.Since(begin) < d; n++ {
			select {
			case <-done:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			case err := <-failed:
				return err
			case <-time.After(time.Until(begin.Add(time.Duration(n) * time.Second / time.Duration(rate)))):
			}
			select {
			case work <- n % len(p.house.users):
			case err := <-failed:
				return err
			}
		}
		return nil
	}()
	close(work)
	running.Wait()
	for wait := time.Now(); err == nil && p.waiting() > 0 && time.Since(wait) < 5*time.Second; {
		pause(ctx, 10*time.Millisecond)
	}
	return err
}

func (p *post) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pending)
}

func (p *post) change(ctx context.Context, i int) error {
	t := &told{sent: time.Now()}
	p.mu.Lock()
	p.pending[i] = t
	p.all = append(p.all, t)
	p.mu.Unlock()
	_, err := p.house.pool.Exec(ctx, flip, p.house.users[i].job)
	p.mu.Lock()
	defer p.mu.Unlock()
	t.commit = time.Since(t.sent)
	return err
}

// times are milliseconds of the changes that keep says, from the answer to the
// statement to the frame and from the statement to the frame, and how many of
// them did not come. A frame may be there before the answer.
func (p *post) times(keep func(*told) bool) (fromCommit, fromStatement []float64, lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.all {
		if !keep(t) {
			continue
		}
		if t.took == 0 {
			lost++
			continue
		}
		fromCommit = append(fromCommit, max(0, t.took-t.commit).Seconds()*1000)
		fromStatement = append(fromStatement, t.took.Seconds()*1000)
	}
	return fromCommit, fromStatement, lost
}

func every(*told) bool { return true }

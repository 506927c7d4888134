package notifier_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pgcast/pgcast/notifier"
)

// BenchmarkCommitToFrame is one UPDATE, from sending the statement to the frame
// in the client's hands. "commit alone" is the part until the commit is
// acknowledged.
func BenchmarkCommitToFrame(b *testing.B) {
	for _, source := range sources {
		b.Run(string(source), func(b *testing.B) {
			n := setup(b, source)
			user := newUser()
			c := n.connect(b, user)
			c.follow(b)
			id := n.Job(b, user, "").ID.String()
			c.next(b)
			for b.Loop() {
				n.Exec(b, `update jobs set priority = priority + 1 where id = $1`, id)
				c.next(b)
			}
		})
	}
	b.Run("commit alone", func(b *testing.B) {
		n := setup(b, sources[0])
		id := n.Job(b, newUser(), "").ID.String()
		for b.Loop() {
			n.Exec(b, `update jobs set priority = priority + 1 where id = $1`, id)
		}
	})
}

// BenchmarkFanOut is one UPDATE seen by many sockets, until the last has it.
func BenchmarkFanOut(b *testing.B) {
	for _, sockets := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("sockets=%d", sockets), func(b *testing.B) {
			n := setup(b, sources[0], func(c *notifier.Config) { c.MaxSocketsPerUser = sockets })
			user := newUser()
			id := n.Job(b, user, "").ID.String()
			var got sync.WaitGroup
			for range sockets {
				c := n.connect(b, user)
				c.follow(b)
				_ = c.ws.SetReadDeadline(time.Time{})
				go func() {
					for {
						if _, _, err := c.ws.ReadMessage(); err != nil {
							return
						}
						got.Done()
					}
				}()
			}
			for b.Loop() {
				got.Add(sockets)
				if _, err := n.Pool().Exec(context.Background(), `update jobs set priority = priority + 1 where id = $1`, id); err != nil {
					b.Fatal(err)
				}
				got.Wait()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*sockets), "us/frame")
		})
	}
}

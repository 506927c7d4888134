package notifier_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
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

// BenchmarkComingBack is one client that opens a stream and reads what it
// missed, two changes of status, while others do the same: from the ring, from
// the trail in the database, and, for comparison, with a snapshot of its one job.
func BenchmarkComingBack(b *testing.B) {
	const users = 500
	n := setup(b, sources[1], quickly)
	from := n.nowhere(b)
	n.Job(b, newUser(), "") // with which the ring of the late one begins
	var who [users]job.UserID
	var tokens [users]string
	for i := range who {
		who[i] = newUser()
		tokens[i] = token(b, auth.RoleAuthenticated, who[i], time.Hour)
		id := n.Job(b, who[i], "").ID.String()
		n.Exec(b, `update jobs set status = 'canceled' where id = $1`, id)
	}
	late := beside(b, n.DB, sources[1]) // begins after the cursor, but for the recent past
	for _, how := range []struct {
		name, cursor string
		at           *bundle
		events       int
	}{{"ring", from, n, 2}, {"trail", from, late, 2}, {"snapshot", "", n, 1}} {
		b.Run(how.name, func(b *testing.B) {
			var next atomic.Int64
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := next.Add(1) % users
					answer, end := how.at.get(b, "/v1/events", http.Header{"Authorization": {"Bearer " + tokens[i]}, "Last-Event-ID": {how.cursor}})
					s := newStream(answer.Body, end, "")
					for range how.events {
						s.next(b)
					}
					s.close()
				}
			})
		})
	}
}

package feed

import (
	"time"

	"golang.org/x/time/rate"
)

// Transactions are waited for one by one up to so many a second, and so many that
// come close together. Of more, those of a few milliseconds are read together: each
// waiting costs a wake-up and a look, which writers on the same machine feel.
const (
	unhurried = 250
	atOnce    = 25
)

func newPace() *rate.Limiter { return rate.NewLimiter(unhurried, atOnce) }

// await is called before something is waited for: what was read is told, and
// after a transaction others may be given the time to come.
func (r *replication) await() {
	r.tell()
	if r.ended {
		r.ended = false
		time.Sleep(r.pace.Reserve().Delay())
	}
}

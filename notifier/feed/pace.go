package feed

import (
	"time"

	"golang.org/x/time/rate"
)

// Transactions are waited for one by one up to so many a second, and so many that
// come close together. Of more, those of four milliseconds are read together, and
// of many those of eight: each waiting costs a wake-up and a look, which writers on
// the same machine feel.
const (
	unhurried = 250
	atOnce    = 25
	several   = 4
)

func newPace() *rate.Limiter { return rate.NewLimiter(unhurried, atOnce) }

// await is called before something is waited for: what was read is told, and
// after transactions others may be given the time to come.
func (r *replication) await() {
	r.tell()
	if r.ended == 0 {
		return
	}
	turns := 1
	if r.ended >= several {
		turns = 2
	}
	r.ended = 0
	time.Sleep(r.pace.ReserveN(time.Now(), turns).Delay())
}

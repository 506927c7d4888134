package ingest

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// rates bounds the requests of each user at this door: a bucket of a minute's
// worth that fills evenly. What the doors of a deployment share are the quotas,
// which the database counts.
type rates struct {
	perMinute int

	mu    sync.Mutex
	users map[job.UserID]*rate.Limiter
}

// maxBuckets is how many users are remembered before those with full buckets
// are forgotten, which is no loss.
const maxBuckets = 10_000

func newRates(perMinute int) *rates {
	return &rates{perMinute: perMinute, users: map[job.UserID]*rate.Limiter{}}
}

// take counts a request, and says in the headers of
// draft-ietf-httpapi-ratelimit-headers what is left.
func (r *rates) take(c *fiber.Ctx, user job.UserID) error {
	if r.perMinute <= 0 {
		return nil
	}
	bucket, now := r.of(user), time.Now()
	allowed := bucket.AllowN(now, 1)
	left := max(bucket.TokensAt(now), 0)
	full := time.Duration((float64(r.perMinute) - left) / float64(bucket.Limit()) * float64(time.Second))
	c.Set("RateLimit-Policy", fmt.Sprintf(`"requests";q=%d;w=60`, r.perMinute))
	c.Set("RateLimit", fmt.Sprintf(`"requests";r=%d;t=%s`, int(left), seconds(full)))
	if allowed {
		return nil
	}
	c.Set(fiber.HeaderRetryAfter, seconds(time.Duration((1-left)/float64(bucket.Limit())*float64(time.Second))))
	return problem.New("rate_limited", fmt.Sprintf("More than %d requests a minute.", r.perMinute))
}

func (r *rates) of(user job.UserID) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bucket := r.users[user]; bucket != nil {
		return bucket
	}
	if len(r.users) >= maxBuckets {
		for u, bucket := range r.users {
			if bucket.Tokens() >= float64(r.perMinute) {
				delete(r.users, u)
			}
		}
	}
	bucket := rate.NewLimiter(rate.Limit(float64(r.perMinute)/60), r.perMinute)
	r.users[user] = bucket
	return bucket
}

// seconds writes a duration for a header, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

package chaos

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// kind is one way to strike the deployment, and how often on average.
type kind struct {
	name  string
	every time.Duration
	do    func(s *site, ctx context.Context, random *rand.Rand)
}

// kinds are all the ways. Those that last watch ctx, which ends with the
// trouble.
var kinds = []kind{
	{"kill", 4 * time.Second, (*site).kill},
	{"terminate", 15 * time.Second, (*site).terminate},
	{"freeze", 9 * time.Second, (*site).freezeShortly},
	{"freeze past the lease", 45 * time.Second, (*site).freezePastLease},
	{"restart Postgres", 16 * time.Second, (*site).restartPostgres},
	{"cut LISTEN", 6 * time.Second, (*site).cutListen},
	{"cut a connection", 7 * time.Second, (*site).cutAny},
	{"weather", 6 * time.Second, (*site).worsen},
	{"reset running", 3 * time.Second, (*site).resetRunning},
	{"reset ended", 8 * time.Second, (*site).resetEnded},
	{"cancel", 4 * time.Second, (*site).cancelSome},
	{"ask again", 5 * time.Second, (*site).askAgain},
	{"hold rows", 9 * time.Second, (*site).holdRows},
}

// strike is one thing that is going to happen.
type strike struct {
	kind
	at   time.Duration
	seed uint64
}

// plan draws everything that happens within the time of the trouble, in order.
// A freeze past the lease begins early enough to end in time; there is one at
// the beginning of every plan.
func plan(s *site) (strikes []strike) {
	for _, k := range kinds {
		random := s.random(k.name)
		at := time.Duration(random.Float64() * float64(k.every))
		last := s.Duration
		if k.name == "freeze past the lease" {
			at, last = time.Duration((1+random.Float64())*float64(time.Second)), s.Duration-longFreeze
		}
		for at < last || at < 2*time.Second {
			strikes = append(strikes, strike{k, at, random.Uint64()})
			at += time.Duration((0.4 + 1.2*random.Float64()) * float64(k.every))
		}
	}
	slices.SortFunc(strikes, func(a, b strike) int { return cmp.Compare(a.at, b.at) })
	return strikes
}

// strike carries out the plan and returns when its last strike is over.
func (s *site) strike(ctx context.Context, strikes []strike) {
	begin := time.Now()
	var under sync.WaitGroup
	for _, k := range strikes {
		wait(ctx.Done(), k.at-time.Since(begin))
		if ctx.Err() != nil {
			break
		}
		s.count(k.name)
		under.Go(func() { k.do(s, ctx, rand.New(rand.NewPCG(k.seed, 0))) })
	}
	wait(ctx.Done(), s.Duration-time.Since(begin))
	under.Wait()
}

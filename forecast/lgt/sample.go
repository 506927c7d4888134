package lgt

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// How many walkers there are, and how long they walk. On 41 yearly series of M3
// the points differ from those of walks 28 times as long by 0.15 mean absolute
// changes of the history (root mean square), those of walks two thirds as long
// by 0.19.
const (
	walkers = 30
	guesses = 10  // places tried for each walker to start from
	settle  = 180 // rounds until they have spread
	rounds  = 180 // rounds that are drawn from
	every   = 18  // rounds between draws
)

// walker is a place and the density there.
type walker struct {
	at      place
	density float64
}

// sample draws places from the posterior by walkers that find their way by each
// other, so that nothing has to be tuned to the scales of the parameters.
func (q *posterior) sample(ctx context.Context, random *rand.Rand) ([]place, error) {
	all := make([]walker, walkers*guesses)
	for i := range all {
		all[i].at = guess(random)
		all[i].density = q.density(&all[i].at)
	}
	slices.SortStableFunc(all, func(a, b walker) int { return cmp.Compare(b.density, a.density) })
	w := all[:walkers]
	draws := make([]place, 0, walkers*rounds/every)
	for round := range settle + rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		q.walk(w[:walkers/2], w[walkers/2:], random)
		q.walk(w[walkers/2:], w[:walkers/2], random)
		if round >= settle && (round-settle)%every == 0 {
			for i := range w {
				draws = append(draws, w[i].at)
			}
		}
	}
	return draws, nil
}

// walk moves each walker along the way from one of the others to a second, or
// on the line to one of them.
//
// The first is the differential evolution of ter Braak (2006), "A Markov chain
// Monte Carlo version of the genetic algorithm differential evolution",
// Statistics and Computing 16(3), the second the affine invariant ensemble of
// Goodman & Weare (2010), "Ensemble samplers with affine invariance", CAMCoS
// 5(1).
func (q *posterior) walk(w, others []walker, random *rand.Rand) {
	for i := range w {
		next, log := jumped(&w[i].at, others, random), 0.0
		if random.Float64() > jumps {
			next, log = stretched(&w[i].at, others, random)
		}
		density := q.density(&next)
		if math.Log(1-random.Float64()) < log+density-w[i].density {
			w[i] = walker{next, density}
		}
	}
}

// jumps is how often a walker jumps, and leaps how often so far that it can
// change hills.
const (
	jumps = 0.8
	leaps = 0.1
)

// jumped is at, further by a share of the way from one of the others to a
// second. Every other jump leaves some of the numbers as they are, as Vrugt,
// ter Braak, Diks, Robinson, Hyman & Higdon (2009) do, "Accelerating Markov
// chain Monte Carlo simulation by differential evolution with self-adaptive
// randomized subspace sampling", International Journal of Nonlinear Sciences
// and Numerical Simulation 10(3): more of the jumps succeed.
func jumped(at *place, others []walker, random *rand.Rand) (next place) {
	i := random.IntN(len(others))
	j := (i + 1 + random.IntN(len(others)-1)) % len(others)
	some, moved := numbers(random)
	far := 2.38 / math.Sqrt(2*moved)
	if random.Float64() < leaps {
		far = 1
	}
	far *= 1 + 0.1*random.NormFloat64()
	next = *at
	for d := range next {
		if some[d] {
			next[d] += far * (others[j].at[d] - others[i].at[d])
		}
	}
	return next
}

// numbers says which numbers of a place a jump changes, and how many: all, or
// each by a chance of a quarter, a half or three quarters.
func numbers(random *rand.Rand) (some [dims]bool, moved float64) {
	chance := 1.0
	if random.Float64() < 0.5 {
		chance = float64(1+random.IntN(3)) / 4
	}
	for d := range some {
		some[d] = chance == 1 || random.Float64() < chance
		if some[d] {
			moved++
		}
	}
	if moved == 0 {
		some[random.IntN(dims)], moved = true, 1
	}
	return some, moved
}

// stretched is on the line from one of the others to at, and log what its
// density counts more by.
func stretched(at *place, others []walker, random *rand.Rand) (next place, log float64) {
	root := math.Sqrt2/2 + random.Float64()*math.Sqrt2/2 // the density of stretch is 1/√stretch on [1/2, 2]
	stretch := root * root
	to := &others[random.IntN(len(others))].at
	for d := range next {
		next[d] = to[d] + stretch*(at[d]-to[d])
	}
	return next, (dims - 1) * math.Log(stretch)
}

// guess is a place to start from, about as wide as the prior.
func guess(random *rand.Rand) (u place) {
	for i := range u[:tail+1] {
		p := min(max(random.Float64(), 0.001), 0.999)
		u[i] = math.Log(p / (1 - p))
	}
	u[global], u[start] = 1.5*random.NormFloat64(), random.NormFloat64()
	u[sigma], u[floor] = 0.5+1.5*random.NormFloat64(), 1.5*random.NormFloat64()
	return u
}

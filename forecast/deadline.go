package forecast

import (
	"math"
	"slices"
)

// quick are the methods that forecast any series within milliseconds: they
// are tested first, and make the forecast when the deadline ends the search.
func quick() []string {
	return []string{baseline, "naive", "drift", "mean", "theta", "dotm"}
}

// quickFirst puts the quick methods first.
func quickFirst(names []string) []string {
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

func rank(name string) int {
	if i := slices.Index(quick(), name); i >= 0 {
		return i - len(quick())
	}
	return 0
}

// settle ends the search: it names the method asked for if that is a quick
// one, else the best of those that were tested, else the seasonal naive.
func (r *run) settle() string {
	r.cut = true
	if slices.Contains(quick(), r.options.Model) {
		return r.options.Model
	}
	best, least := baseline, math.Inf(1)
	for _, name := range quick() {
		if e := r.entries[name]; e != nil && e.loss() < least {
			best, least = name, e.loss()
		}
	}
	return best
}

package forecast

import (
	"slices"

	"github.com/pgcast/pgcast/forecast/intermittent"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/mstl"
	"github.com/pgcast/pgcast/forecast/series"
)

// kind is what auto has before it. Some methods are for one kind of series:
// auto tries them on that alone.
type kind int

const (
	ordinary kind = iota
	cyclic        // several seasons
	seldom        // demand now and then
)

func kindOf(t model.Task) kind {
	switch {
	case intermittent.Seldom(t.Y, t.Season):
		return seldom
	case len(t.Seasons) > 1 && len(mstl.Seasons(t)) > 1:
		return cyclic
	}
	return ordinary
}

// special are the methods that auto leaves alone on an ordinary series.
func special() []string { return append([]string{"mstl", "regression"}, demand()...) }

// demand are the methods for demand now and then.
func demand() []string {
	var names []string
	for _, m := range intermittent.Methods() {
		names = append(names, string(m))
	}
	return names
}

// candidates are the models that are tried: for auto those for any series, or
// those for its kind, else the one asked for and the baseline.
func (r *run) candidates() []string {
	asked := r.options.Model
	if asked == baseline {
		return []string{asked}
	}
	if asked != "auto" {
		return append(r.without(asked), asked, baseline)
	}
	if r.kind == seldom {
		return append(demand(), baseline)
	}
	out := special()
	if r.task.Season > 1 {
		out = append(out, "lgt")
	}
	if r.kind == cyclic {
		out = append(demand(), ensemble, "ces", "arima", "lgt", "regression") // these know one season, too, and take the most time by far
	}
	names := slices.DeleteFunc(Models(), func(name string) bool { return slices.Contains(out, name) })
	return append(names, r.without(r.standards()[0])...)
}

// without is the same candidate without the columns beside the series, to see
// what they are worth; nothing when there are none.
func (r *run) without(name string) []string {
	if r.columns == nil {
		return nil
	}
	return []string{name + plain}
}

// standards are the methods that auto takes unless another one leads clearly:
// the ensemble, which knows one season; MSTL where there are several (on
// simulated days with a week and a year the error is a sixth smaller than by
// choosing whatever leads). For demand now and then nothing else will do,
// because the others' intervals reach below zero.
func (r *run) standards() []string {
	switch r.kind {
	case cyclic:
		return []string{"mstl"}
	case seldom:
		return demand()
	}
	return []string{ensemble}
}

// cycles are all seasons of a series: those of its frequency, unless the length
// asked for is none of them.
func cycles(f series.Frequency, asked int) []int {
	if own := f.Seasons(); asked == 0 || slices.Contains(own, asked) {
		return own
	}
	return []int{asked}
}

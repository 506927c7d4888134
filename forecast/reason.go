package forecast

import (
	"fmt"
	"math"
)

// reason says in one sentence why the model was used.
func (r *run) reason(chosen, used string) string {
	if used != chosen {
		return fmt.Sprintf("%s could not be used: %s", chosen, r.failure)
	}
	e, base := r.entries[used], r.entries[baseline]
	asked := ""
	if r.options.Model != "auto" && !r.cut {
		asked = "asked for; "
	}
	switch {
	case r.plan.Folds == 0:
		return asked + "the series is too short for a backtest"
	case used == baseline && r.cut:
		return "the deadline passed before anything better was found"
	case used == baseline && asked == "":
		return fmt.Sprintf("nothing did clearly better than the seasonal naive in %s", r.folds())
	case used == baseline || e == nil || base == nil || e.err != nil:
		return asked + fmt.Sprintf("tested in %s", r.folds())
	}
	text := against(e.loss(), base.loss(), r.folds())
	if asked == "" && e.loss() > base.loss() {
		text += ", which is not enough to prefer the naive"
	}
	return asked + text
}

// against compares a loss with the seasonal naive's.
func against(loss, base float64, folds string) string {
	percent := 100 * (1 - loss/base)
	switch {
	case loss == base || math.IsNaN(percent):
		return fmt.Sprintf("as good as the seasonal naive in %s", folds)
	case math.IsInf(percent, 0) || percent < -999:
		return fmt.Sprintf("far worse than the seasonal naive in %s", folds)
	case percent >= 0.5:
		return fmt.Sprintf("beat the seasonal naive by %.0f %% in %s", percent, folds)
	case percent <= -0.5:
		return fmt.Sprintf("its error is %.0f %% above the seasonal naive's in %s", -percent, folds)
	}
	return fmt.Sprintf("level with the seasonal naive in %s", folds)
}

func (r *run) folds() string { return count(r.plan.Folds, "fold") }

// count is n of a thing.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

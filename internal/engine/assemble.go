package engine

import (
	"fmt"
	"math"
	"strconv"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
)

// output puts the results into the layout of output.json.
func (r *run) output(results []forecast.Result) *Output {
	out := &Output{
		SchemaVersion: SchemaVersion,
		Engine:        Engine{Name: "pgcast", Version: r.options.Version},
		Input:         Input{SHA256: r.sha256, Rows: r.file.Rows},
		Request:       r.plan,
		Series:        make([]Series, len(results)),
		Warnings:      r.warnings(),
		Timing:        r.timing,
	}
	for i := range results {
		out.Series[i] = r.series(i, &results[i])
	}
	out.Summary = summarize(out.Series, r.plan)
	return out
}

// warnings are those of the file that bear on every series.
func (r *run) warnings() []forecast.Warning {
	warnings := []forecast.Warning{}
	for _, w := range r.file.Warnings {
		if w.Severity != "info" {
			warnings = append(warnings, forecast.Warning{Code: w.Code, Detail: w.Detail})
		}
	}
	return warnings
}

func (r *run) series(i int, result *forecast.Result) Series {
	s := &r.data.Series[i]
	out := Series{
		ID: s.Key, Target: s.Target, Values: map[string]string{}, Selected: result.Selected,
		Data: Data{
			First: r.label(s, 0), Last: r.label(s, len(s.Y)-1), Observations: len(s.Y), Missing: missing(s.Y),
			GapsFilled: result.GapsFilled, DuplicatesMerged: r.data.Merged[i],
		},
		Points:   Points{Mean: result.Mean, Levels: result.Levels, Quantiles: result.Quantiles, Paths: result.Paths},
		History:  History{Value: result.Values, Fitted: result.Fitted},
		Backtest: result.Backtest, Metrics: result.Metrics, Warnings: result.Warnings,
	}
	for k, name := range r.plan.IDColumns {
		out.Values[name] = s.IDs[k]
	}
	out.History.Time, out.History.ISO = r.times(s, 0, len(s.Y))
	out.Points.Time, out.Points.ISO = r.times(s, len(s.Y), len(s.Y)+r.plan.Horizon)
	return out
}

// times labels the steps from up to to, in the layout of the file and as ISO.
func (r *run) times(s *series.Series, from, to int) (labels, iso []string) {
	labels, iso = make([]string, 0, to-from), make([]string, 0, to-from)
	for i := from; i < to; i++ {
		labels = append(labels, r.label(s, i))
		if s.Freq.Unit == series.Index {
			iso = append(iso, strconv.FormatInt(s.Time(i).Unix(), 10))
		} else {
			iso = append(iso, dataset.ISO(s.Time(i)))
		}
	}
	return labels, iso
}

func (r *run) label(s *series.Series, i int) string { return r.data.Layout.Format(s.Time(i)) }

func missing(y []float64) int {
	n := 0
	for _, v := range y {
		if math.IsNaN(v) {
			n++
		}
	}
	return n
}

// summarize counts the series and says the result in plain words.
func summarize(all []Series, plan Plan) Summary {
	sum := Summary{Series: len(all)}
	for i := range all {
		selected := &all[i].Selected
		if selected.FallbackFrom != "" {
			sum.Fallback++
		}
		switch sum.Model {
		case "", selected.Model:
			sum.Model = selected.Model
		default:
			sum.Model = "mixed"
		}
	}
	sum.Metrics = meanMetrics(all)
	sum.Text = sentence(all, plan, sum)
	return sum
}

func sentence(all []Series, plan Plan, sum Summary) string {
	if len(all) == 1 {
		return fmt.Sprintf("%d steps ahead with %s: %s.", plan.Horizon, all[0].Selected.Spec, all[0].Selected.Reason)
	}
	text := fmt.Sprintf("%d steps ahead for %d series", plan.Horizon, len(all))
	if sum.Model != "mixed" {
		text += ", all with " + sum.Model
	}
	if skill := float64(sum.Metrics.Skill); !math.IsNaN(skill) {
		text += fmt.Sprintf("; mean skill against the seasonal naive %+.0f %%", 100*skill)
	}
	return text + "."
}

// meanMetrics averages each metric over the series on which it is defined.
func meanMetrics(all []Series) forecast.Metrics {
	mean := func(get func(*forecast.Metrics) forecast.Number) forecast.Number {
		sum, n := 0.0, 0
		for i := range all {
			if v := float64(get(&all[i].Metrics)); !math.IsNaN(v) && !math.IsInf(v, 0) {
				sum, n = sum+v, n+1
			}
		}
		return forecast.Number(sum / float64(n)) // NaN when nobody defines it
	}
	skipped := 0
	for i := range all {
		skipped += all[i].Metrics.MAPESkipped
	}
	return forecast.Metrics{
		MAE:         mean(func(m *forecast.Metrics) forecast.Number { return m.MAE }),
		RMSE:        mean(func(m *forecast.Metrics) forecast.Number { return m.RMSE }),
		Bias:        mean(func(m *forecast.Metrics) forecast.Number { return m.Bias }),
		MAPE:        mean(func(m *forecast.Metrics) forecast.Number { return m.MAPE }),
		MAPESkipped: skipped,
		SMAPE:       mean(func(m *forecast.Metrics) forecast.Number { return m.SMAPE }),
		WAPE:        mean(func(m *forecast.Metrics) forecast.Number { return m.WAPE }),
		MASE:        mean(func(m *forecast.Metrics) forecast.Number { return m.MASE }),
		RMSSE:       mean(func(m *forecast.Metrics) forecast.Number { return m.RMSSE }),
		Skill:       mean(func(m *forecast.Metrics) forecast.Number { return m.Skill }),
	}
}

package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"

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
		Points:     Points{Mean: result.Mean, Levels: result.Levels, Quantiles: result.Quantiles, Paths: result.Paths},
		History:    History{Value: result.Values, Fitted: result.Fitted},
		Components: result.Components, Outliers: result.Outliers, Shifts: result.Shifts,
		Backtest: result.Backtest, Metrics: result.Metrics, Warnings: result.Warnings,
	}
	for k, name := range r.plan.IDColumns {
		out.Values[name] = s.IDs[k]
	}
	out.History.Time, out.History.ISO = r.times(s, 0, len(s.Y))
	out.Points.Time, out.Points.ISO = r.times(s, len(s.Y), len(s.Y)+r.plan.Horizon)
	for _, step := range result.Backtest.Cutoffs {
		out.Backtest.Times = append(out.Backtest.Times, r.label(s, step))
	}
	for k := range out.Outliers {
		out.Outliers[k].Time = r.label(s, out.Outliers[k].Step)
	}
	for k := range out.Shifts {
		out.Shifts[k].Time = r.label(s, out.Shifts[k].Step)
	}
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
		return aloneSentence(&all[0], plan)
	}
	text := fmt.Sprintf("%s ahead for %d series", steps(plan.Horizon), len(all))
	switch sum.Model {
	case "mixed":
	case "ensemble":
		text += ", all with the mean of several models"
	default:
		text += ", all with " + spoken(sum.Model)
	}
	if skill := float64(sum.Metrics.Skill); !math.IsNaN(skill) {
		text += fmt.Sprintf("; mean skill against the seasonal naive %+.0f %%", 100*skill)
	}
	return text + "."
}

// aloneSentence says what is ahead of one series, and why to believe it.
func aloneSentence(s *Series, plan Plan) string {
	text := fmt.Sprintf("%s ahead with %s", steps(plan.Horizon), method(&s.Selected))
	ahead := average(s.Points.Mean)
	if !math.IsNaN(ahead) {
		text += fmt.Sprintf(": %s on average", figure(ahead))
		n := len(s.History.Value)
		if before := average(s.History.Value[max(0, n-len(s.Points.Mean)):]); before > 0 && n >= len(s.Points.Mean) && !math.IsInf(ahead, 0) && !math.IsInf(before, 0) {
			text += ", " + compared(100*(ahead/before-1)) + fmt.Sprintf(" the %s before", strings.TrimPrefix(steps(len(s.Points.Mean)), "1 "))
		}
	}
	var columns []string
	for _, e := range s.Selected.Columns {
		if e.Status == "used" {
			columns = append(columns, e.Column)
		}
	}
	if len(columns) > 0 && !strings.HasSuffix(s.Selected.Model, "without_columns") {
		text += "; explained by " + strings.Join(columns[:min(len(columns), 5)], ", ")
		if more := len(columns) - 5; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
	}
	return text + "; " + s.Selected.Reason + "."
}

// method names a model in words.
func method(s *forecast.Selected) string {
	var names []string
	for _, m := range s.Members {
		if m.Weight > 0.1+1e-9 {
			names = append(names, spoken(m.Model))
		}
	}
	if last := len(names) - 1; last > 0 {
		return fmt.Sprintf("the mean of %s and %s", strings.Join(names[:last], ", "), names[last])
	}
	return s.Spec
}

// spoken is the name of a model in a sentence: ETS, Theta, seasonal naive.
func spoken(model string) string {
	switch model {
	case "theta", "croston":
		return strings.ToUpper(model[:1]) + model[1:]
	case "ets", "dotm", "ces", "arima", "lgt", "mstl", "sba", "tsb", "adida", "imapa":
		return strings.ToUpper(model)
	}
	return strings.ReplaceAll(model, "_", " ")
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

func compared(percent float64) string {
	switch rounded := math.Round(percent); {
	case rounded == 0:
		return "level with"
	case rounded > 0:
		return fmt.Sprintf("%.0f %% above", rounded)
	default:
		return fmt.Sprintf("%.0f %% below", -rounded)
	}
}

// figure writes three digits, more where they stand before the point.
func figure(v float64) string {
	if a := math.Abs(v); a >= 100 && a < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// average of the values that are known; NaN when none is.
func average(values []forecast.Number) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if !math.IsNaN(float64(v)) {
			sum, n = sum+float64(v), n+1
		}
	}
	return sum / float64(n)
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

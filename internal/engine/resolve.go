package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/job"
)

// MaxHorizon bounds the steps one forecast may look ahead.
const MaxHorizon = 10_000

var defaultLevels = []float64{80, 95}

// Resolve fills every open field of a request from the profile of the file and
// checks the others against it. A field of spec wins over the profile's
// suggestion. Errors are *job.SpecError.
func Resolve(spec job.Spec, p *dataset.Profile) (Plan, error) {
	r := resolver{spec: spec, profile: p}
	suggested, err := job.ParseSpec(p.Suggested)
	if err != nil {
		return Plan{}, fmt.Errorf("read the suggested request: %w", err)
	}
	r.suggested = suggested
	for _, step := range []func() error{
		r.choices, r.time, r.columns, r.frequency, r.exogenous, r.holidays, r.horizon, r.model, r.rest,
	} {
		if err := step(); err != nil {
			return Plan{}, err
		}
	}
	return r.plan, nil
}

type resolver struct {
	spec, suggested job.Spec
	profile         *dataset.Profile
	candidate       *dataset.TimeCandidate // nil: the file has no time
	freq            series.Frequency
	plan            Plan
}

// choices asks what the profile could not decide, unless the request answers.
// The name of a column does not answer how its dates are to be read.
func (r *resolver) choices() error {
	answered := map[string]bool{
		"time_column": r.spec.TimeColumn != nil, "target": len(r.spec.Target) > 0,
		"id_columns": r.spec.IDColumns != nil, "frequency": r.spec.Frequency != "" && r.spec.Frequency != "auto",
		"duplicates": r.spec.Duplicates != "", "timezone": r.spec.Timezone != "", "decimal": r.spec.Decimal != "",
	}
	for _, c := range r.profile.NeedsChoice {
		read := c.Code != "ambiguous_date" && c.Code != "mixed_frequency" || len(r.spec.TimeColumn) == 1 && slices.Contains(c.Options, r.spec.TimeColumn[0])
		if !answered[c.Field] || !read {
			return &job.SpecError{Pointer: "/" + c.Field, Code: c.Code, Detail: c.Detail, Hint: answerHint(c)}
		}
	}
	return nil
}

func answerHint(c dataset.Choice) string {
	switch {
	case len(c.Options) > 0:
		return fmt.Sprintf("set %s to one of %s", c.Field, strings.Join(c.Options, ", "))
	case c.Code == "no_time_column":
		return "write the times as 2006-01-02, or set time_column to [] to count the rows instead"
	}
	return "set " + c.Field
}

// time finds the candidate asked for; an empty list asks to count the rows.
func (r *resolver) time() error {
	want := first(r.spec.TimeColumn, r.suggested.TimeColumn)
	candidates := r.profile.TimeCandidates
	if r.spec.TimeColumn != nil && len(r.spec.TimeColumn) == 0 {
		want, candidates = nil, nil
	}
	if len(want) == 0 && len(candidates) > 0 {
		want = candidates[0].Columns
	}
	r.plan.TimeColumns = []string{}
	if len(want) == 0 {
		return nil
	}
	var known []string
	for i := range candidates {
		c := &candidates[i]
		if slices.Equal(c.Columns, want) || len(want) == 1 && (want[0] == c.Label() || want[0] == c.Reading()) {
			r.candidate = c
			r.plan.TimeColumns, r.plan.TimeFormat = c.Columns, c.Format
			return nil
		}
		known = append(known, c.Label())
	}
	return columnError("/time_column", "time_column_not_found", strings.Join(want, "+"), known,
		"is not a time column of the file")
}

func (r *resolver) columns() error {
	p := &r.plan
	p.Targets = first(r.spec.Target, r.notBeside(r.suggested.Target))
	if left := r.notBeside(r.profile.Targets); len(p.Targets) == 0 && len(left) > 0 {
		p.Targets = left[:1]
	}
	if len(p.Targets) == 0 {
		return &job.SpecError{Pointer: "/target", Code: "target_not_numeric", Detail: "the file has no numeric column to forecast", Hint: "upload a file with a column of numbers"}
	}
	p.IDColumns = append([]string{}, r.suggested.IDColumns...)
	if r.spec.IDColumns != nil {
		p.IDColumns = r.spec.IDColumns
	}
	var names []string
	for _, c := range r.profile.Columns {
		names = append(names, c.Name)
	}
	for i, target := range p.Targets {
		if err := r.checkTarget(fmt.Sprintf("/target/%d", i), target, names); err != nil {
			return err
		}
	}
	for i, id := range p.IDColumns {
		if !slices.Contains(names, id) {
			return columnError(fmt.Sprintf("/id_columns/%d", i), "column_not_found", id, names, "is not a column of the file")
		}
	}
	return nil
}

func (r *resolver) checkTarget(pointer, target string, names []string) error {
	if slices.Contains(r.profile.Targets, target) {
		return nil
	}
	for _, c := range r.profile.Columns {
		if c.Name == target && (c.Type == "integer" || c.Type == "number") {
			return nil
		}
	}
	if slices.Contains(names, target) {
		return columnError(pointer, "target_not_numeric", target, r.profile.Targets, "does not hold numbers")
	}
	return columnError(pointer, "column_not_found", target, names, "is not a column of the file")
}

func columnError(pointer, code, name string, known []string, what string) error {
	hint := "use one of " + strings.Join(known, ", ")
	if near := job.Nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return &job.SpecError{Pointer: pointer, Code: code, Detail: fmt.Sprintf("%q %s", name, what), Hint: hint}
}

func (r *resolver) frequency() error {
	if r.candidate == nil {
		r.freq = series.Frequency{Unit: series.Index, N: 1}
		r.plan.SeasonLength = max(1, int(r.spec.SeasonLength))
		return nil
	}
	word := r.spec.Frequency
	if (word == "" || word == "auto") && r.candidate.Frequency != nil {
		word = *r.candidate.Frequency
	}
	if word == "" || word == "auto" || word == "irregular" {
		return &job.SpecError{Pointer: "/frequency", Code: "frequency_not_inferable", Detail: "the times follow no regular grid",
			Hint: `set frequency (for instance "h", "D", "W-MON", "MS") and aggregate (for instance "mean")`}
	}
	freq, err := series.ParseFrequency(word)
	if err != nil {
		return &job.SpecError{Pointer: "/frequency", Code: "invalid_field", Detail: fmt.Sprintf("unknown frequency %q", word),
			Hint: "use a pandas word such as h, 5min, D, B, W-MON, MS, ME, QS, YS"}
	}
	r.freq, r.plan.Frequency = freq, freq.String()
	r.plan.SeasonLength = int(r.spec.SeasonLength)
	if r.plan.SeasonLength == 0 {
		r.plan.SeasonLength = freq.SeasonLength()
	}
	return nil
}

func (r *resolver) horizon() error {
	asked := r.spec.Horizon
	if asked.IsZero() {
		asked = r.suggested.Horizon
	}
	switch {
	case asked.Steps > 0:
		r.plan.Horizon = asked.Steps
	case !asked.Until.IsZero():
		if r.candidate == nil {
			return horizonError("a file without times has no date to forecast until", "send a number of steps")
		}
		r.plan.Horizon = r.stepsUntil(asked)
		if r.plan.Horizon < 1 && r.plan.Exogenous != nil { // rows to come lie in the file
			r.plan.Horizon = 1
		}
		if r.plan.Horizon < 1 {
			return horizonError(fmt.Sprintf("the data end at %s, after the date asked for", r.candidate.LastTime), "choose a later date")
		}
	default:
		r.plan.Horizon = DefaultHorizon(r.plan.SeasonLength)
	}
	if r.plan.Horizon > MaxHorizon {
		return horizonError(fmt.Sprintf("%d steps are more than the %d that one forecast may have", r.plan.Horizon, MaxHorizon), "ask for fewer steps")
	}
	return nil
}

// DefaultHorizon is one season, or 10 steps where there is none.
func DefaultHorizon(season int) int {
	if season > 1 {
		return season
	}
	return 10
}

func horizonError(detail, hint string) error {
	return &job.SpecError{Pointer: "/horizon", Code: "horizon_invalid", Detail: detail, Hint: hint}
}

// stepsUntil counts the steps after the last time of the file up to and
// including the date asked for, MaxHorizon + 1 at most.
func (r *resolver) stepsUntil(h job.Horizon) int {
	last, err := dataset.ParseISO(r.candidate.LastTime)
	if err != nil {
		return 0
	}
	n := 0
	for n <= MaxHorizon && !r.freq.Add(last, n+1).After(h.Until) {
		n++
	}
	return n
}

func (r *resolver) model() error {
	r.plan.Model = r.spec.Model
	if r.plan.Model == "" {
		r.plan.Model = "auto"
	}
	known := append([]string{"auto"}, forecast.Models()...)
	if !slices.Contains(known, r.plan.Model) {
		hint := "use one of " + strings.Join(known, ", ")
		if near := job.Nearest(r.plan.Model, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return &job.SpecError{Pointer: "/model", Code: "unknown_model", Detail: fmt.Sprintf("unknown model %q", r.plan.Model), Hint: hint}
	}
	return nil
}

func (r *resolver) rest() error {
	p, s := &r.plan, r.spec
	p.Levels, p.Quantiles = sorted(s.Levels), sorted(s.Quantiles)
	if len(p.Levels) == 0 && len(p.Quantiles) == 0 {
		p.Levels = defaultLevels
	}
	p.Timezone, p.Decimal = s.Timezone, s.Decimal
	p.Gaps = or(s.Gaps, "linear")
	p.Duplicates = or(s.Duplicates, or(r.suggested.Duplicates, "auto"))
	p.Aggregate = or(s.Aggregate, r.suggested.Aggregate)
	p.Bounds = s.Bounds
	p.Seed = 1
	if s.Seed != nil {
		p.Seed = *s.Seed
	}
	if s.Backtest != nil {
		p.Folds = s.Backtest.Folds
	}
	p.Paths, p.Deadline = s.Paths, s.DeadlineSeconds
	return nil
}

func first(lists ...job.Names) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// sorted returns xs ascending, each value once; never nil.
func sorted(xs []float64) []float64 {
	xs = append([]float64{}, xs...)
	slices.Sort(xs)
	return slices.Compact(xs)
}

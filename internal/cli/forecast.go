package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/processor/render"
)

// forecastFile is `pgcast forecast`: the engine alone.
func forecastFile(ctx context.Context, env Env, args []string) error {
	var o forecastOptions
	fs := flags(env, "forecast", "FILE|- [options]")
	o.request.define(fs)
	fs.IntVar(&o.jobs, "jobs", 0, "series forecast at once (default: one per core)")
	o.outputFlags.define(fs)
	rest, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usageError{"which file? pgcast forecast FILE, or - for standard input"}
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.jobs < 0 {
		return usageError{fmt.Sprintf("--jobs %d: at least one, or 0 for one per core", o.jobs)}
	}
	spec, err := o.request.spec()
	if err != nil {
		return err
	}
	if spec.Webhook != nil {
		return usageError{"--request: webhook: nobody is told of a forecast on the command line; pgcast submit asks for a job"}
	}
	return o.run(ctx, env, rest[0], spec)
}

type forecastOptions struct {
	request requestFlags
	outputFlags
	jobs int
}

func (o *forecastOptions) run(ctx context.Context, env Env, name string, spec job.Spec) error {
	file, err := open(name, env.Stdin)
	if err != nil {
		return err
	}
	defer file.done()
	options := engine.Options{Version: env.Version, Workers: o.jobs, Limits: dataset.DefaultLimits}
	if !o.quiet {
		options.Profiled = func(p *dataset.Profile, plan engine.Plan) { file.tell(p); understood(env.Stderr, p, plan) }
	}
	if !o.quiet && isTerminal(env.Stderr) {
		options.Progress = func(fraction float64, stage string) {
			fmt.Fprintf(env.Stderr, "\r%3.0f %% %-10s", 100*fraction, stage)
			if fraction >= 1 {
				fmt.Fprint(env.Stderr, "\r\033[K")
			}
		}
	}
	out, err := engine.Run(ctx, spec, file, options)
	if err != nil {
		return err
	}
	if !o.quiet {
		concluded(env.Stderr, out)
	}
	return o.write(env, out)
}

// concluded says the result in words, and each kind of warning about series
// once.
func concluded(w io.Writer, out *engine.Output) {
	fmt.Fprintln(w, out.Summary.Text)
	told := map[string]bool{}
	for _, s := range out.Series {
		for _, warning := range s.Warnings {
			if !told[warning.Code] {
				told[warning.Code] = true
				fmt.Fprintf(w, "warning: %s: %s (%s)\n", s.ID, warning.Detail, warning.Code)
			}
		}
	}
}

// write renders into memory first, so that nothing of a broken result is seen.
func (o *forecastOptions) write(env Env, out *engine.Output) error {
	var text bytes.Buffer
	render := render.CSV
	if o.format == "json" {
		render = jsonRenderer
	}
	if err := render(&text, out); err != nil {
		return fmt.Errorf("render the forecast: %w", err)
	}
	return o.save(env.Stdout, func(w io.Writer) error {
		_, err := text.WriteTo(w)
		return err
	})
}

func jsonRenderer(w io.Writer, out *engine.Output) error { return render.JSON(w, out) }

// understood says on one line what the file was taken for.
func understood(w io.Writer, p *dataset.Profile, plan engine.Plan) {
	fmt.Fprintf(w, "%d rows, %d series; ", p.Rows, max(p.NSeries, len(plan.Targets)))
	if len(plan.TimeColumns) > 0 {
		fmt.Fprintf(w, "time %s (%s, %s%s); ", strings.Join(plan.TimeColumns, "+"), plan.TimeFormat, plan.Frequency, span(p, plan))
	} else {
		fmt.Fprint(w, "no time column, rows are counted; ")
	}
	fmt.Fprintf(w, "target %s", strings.Join(plan.Targets, ", "))
	if len(plan.IDColumns) > 0 {
		fmt.Fprintf(w, "; id %s", strings.Join(plan.IDColumns, ", "))
	}
	plural := "s"
	if plan.Horizon == 1 {
		plural = ""
	}
	fmt.Fprintf(w, "; %d step%s ahead\n", plan.Horizon, plural)
	for _, warning := range p.Warnings {
		if warning.Severity != "info" {
			fmt.Fprintf(w, "warning: %s (%s)\n", inWords(&warning), warning.Code)
		}
	}
}

// span says from when to when the chosen times go.
func span(p *dataset.Profile, plan engine.Plan) string {
	for _, k := range p.TimeCandidates {
		if slices.Equal(k.Columns, plan.TimeColumns) && k.Format == plan.TimeFormat {
			return ", " + strings.TrimSuffix(k.FirstTime, "T00:00:00") + " to " + strings.TrimSuffix(k.LastTime, "T00:00:00")
		}
	}
	return ""
}

// inWords is a warning with what it is about: column, detail, sample, line.
func inWords(w *dataset.Warning) string {
	text := w.Detail
	if w.Column != "" {
		text = w.Column + ": " + text
	}
	if w.Sample != "" && !strings.Contains(w.Detail, w.Sample) {
		text += ": " + w.Sample
	}
	if w.Line > 0 {
		text += fmt.Sprintf(", line %d", w.Line)
	}
	return text
}

// profileFile is `pgcast profile`: what pgcast understands of a file.
func profileFile(ctx context.Context, env Env, args []string) error {
	rest, err := parse(flags(env, "profile", "FILE|-"), args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usageError{"which file? pgcast profile FILE, or - for standard input"}
	}
	file, err := open(rest[0], env.Stdin)
	if err != nil {
		return refusedFile(env, err)
	}
	defer file.done()
	profile, err := dataset.Scan(ctx, file, dataset.DefaultLimits)
	if err != nil {
		return refusedFile(env, err)
	}
	file.tell(profile)
	return printJSON(env.Stdout, profile)
}

// refusedFile prints the problem that a file is, beside the error.
func refusedFile(env Env, err error) error {
	var data *dataset.Error
	if errors.As(err, &data) {
		return errors.Join(err, printJSON(env.Stdout, problem.From(err)))
	}
	return err
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// numbers reads "80,95". What has no place in JSON, such as NaN, is no number.
func numbers(text string) ([]float64, error) {
	var out []float64
	for _, part := range strings.Split(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, usageError{fmt.Sprintf("%q is not a number", part)}
		}
		out = append(out, v)
	}
	return out, nil
}

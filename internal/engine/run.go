package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/job"
)

// Options says how to run, not what to forecast.
type Options struct {
	Version  string                               // of pgcast, for the record
	Workers  int                                  // series forecast at once; 0: one per core
	Limits   dataset.Limits                       // of the reader
	Profiled func(*dataset.Profile, Plan)         // told once, before the forecast; may be nil
	Progress func(fraction float64, stage string) // called from one goroutine at a time; may be nil
}

// Run forecasts the file as spec asks. It reads the file twice: once to
// profile it, once for the series. Errors about the file are *dataset.Error,
// errors about the request *job.SpecError; the end of ctx ends the run.
func Run(ctx context.Context, spec job.Spec, file io.ReadSeeker, o Options) (*Output, error) {
	if o.Progress == nil {
		o.Progress = func(float64, string) {}
	}
	r := &run{options: o, timing: map[string]float64{}}
	begin := time.Now()
	if err := r.profile(ctx, spec, file); err != nil {
		return nil, err
	}
	err := r.read(ctx, file, spec.Horizon)
	if o.Profiled != nil {
		o.Profiled(r.file, r.plan)
	}
	if err != nil {
		return nil, err
	}
	results, err := r.forecast(ctx)
	if err != nil {
		return nil, err
	}
	r.timing["total"] = milliseconds(begin)
	return r.output(results), nil
}

type run struct {
	options Options
	sha256  string
	file    *dataset.Profile
	plan    Plan
	data    *dataset.Data
	timing  map[string]float64
}

func (r *run) profile(ctx context.Context, spec job.Spec, file io.ReadSeeker) error {
	r.options.Progress(0, "profile")
	begin := time.Now()
	sum := sha256.New()
	profile, err := dataset.Scan(ctx, io.TeeReader(file, sum), r.options.Limits)
	if err != nil {
		return err
	}
	r.file, r.sha256 = profile, hex.EncodeToString(sum.Sum(nil))
	if r.plan, err = Resolve(spec, profile); err != nil {
		return err
	}
	r.timing["profile"] = milliseconds(begin)
	return nil
}

func (r *run) read(ctx context.Context, file io.ReadSeeker, asked job.Horizon) error {
	r.options.Progress(0.02, "read")
	begin := time.Now()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind the file: %w", err)
	}
	selection := dataset.Selection{
		Time: r.plan.TimeColumns, Format: r.plan.TimeFormat, Targets: r.plan.Targets, IDs: r.plan.IDColumns, Timezone: r.plan.Timezone, Decimal: r.plan.Decimal,
		Duplicates: r.plan.Duplicates, Aggregate: r.plan.Aggregate, Beside: r.plan.beside(),
	}
	if r.plan.Frequency != "" {
		freq, err := series.ParseFrequency(r.plan.Frequency)
		if err != nil {
			return err
		}
		selection.Frequency = freq
	}
	var err error
	if r.data, err = dataset.Read(ctx, file, r.file, selection); err != nil {
		return err
	}
	r.timing["read"] = milliseconds(begin)
	if err := r.settleHorizon(asked); err != nil {
		return err
	}
	if err := r.checkBeside(); err != nil {
		return err
	}
	return r.checkPaths()
}

// forecast runs the series on all workers. Results keep the order of the
// series, so the number of workers changes nothing but the time.
func (r *run) forecast(ctx context.Context) ([]forecast.Result, error) {
	begin := time.Now()
	limited := ctx
	if r.plan.Deadline > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, time.Duration(r.plan.Deadline*float64(time.Second)))
		defer cancel()
	}
	workers := r.options.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	results := make([]forecast.Result, len(r.data.Series))
	progress := r.counter(len(results))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range results {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error {
			var err error
			results[i], err = r.one(gctx, limited, i)
			progress()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r.timing["forecast"] = milliseconds(begin)
	return results, context.Cause(ctx)
}

// one forecasts one series. The deadline of the request ends its search. When
// that hit a bug of ours, the seasonal naive takes its place and the result
// says so: a series never fails its neighbours.
func (r *run) one(ctx, limited context.Context, i int) (forecast.Result, error) {
	s := &r.data.Series[i]
	result, err := guarded(s, func() (forecast.Result, error) {
		o := r.seriesOptions()
		columns, mended := r.columns(i)
		o.Columns = columns
		result, err := forecast.RunWithin(ctx, limited, s, o)
		result.Warnings = append(mended, result.Warnings...)
		return result, err
	})
	if !errors.Is(err, errPanicked) {
		return result, err
	}
	result, err = guarded(s, func() (forecast.Result, error) {
		o := r.seriesOptions()
		o.Model = "seasonal_naive"
		return forecast.RunWithin(ctx, ctx, s, o)
	})
	result.Selected.FallbackFrom = r.plan.Model
	result.Warnings = append(result.Warnings, forecast.Warning{Code: "model_failed",
		Detail: "The search for a model ended in an error of pgcast; this is the seasonal naive."})
	return result, err
}

var errPanicked = errors.New("engine: the forecast panicked")

// guarded turns a panic into an error: it would end the whole process, and
// with it the work of everybody else.
func guarded(s *series.Series, run func() (forecast.Result, error)) (result forecast.Result, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: series %q: %v\n%s", errPanicked, s.Key, value, debug.Stack())
		}
	}()
	return run()
}

func (r *run) seriesOptions() forecast.Options {
	o := forecast.Options{
		Model: r.plan.Model, Horizon: r.plan.Horizon, SeasonLength: r.plan.SeasonLength, Levels: r.plan.Levels,
		Quantiles: r.plan.Quantiles, Gaps: r.plan.Gaps, Folds: r.plan.Folds, Seed: r.plan.Seed, Paths: r.plan.Paths,
	}
	if b := r.plan.Bounds; b != nil {
		o.Lower, o.Upper = b.Lower, b.Upper
	}
	return o
}

// counter returns a func that reports one more finished series of n.
func (r *run) counter(n int) func() {
	r.options.Progress(0.05, "forecast")
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		r.options.Progress(0.05+0.95*float64(done)/float64(n), "forecast")
	}
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/forecast/theta"
)

// horizon and season are those of M3's monthly series.
const (
	horizon = 18
	season  = 12
)

// contestant is a method of ours or of R's. Each call fits a series from
// nothing and forecasts it with 80 % and 95 % intervals.
type contestant struct {
	name  string
	calls int // per measurement: many of what takes a millisecond
	run   func(context.Context, []float64) error
}

// ours. Named models average their forms where R picks one; auto is everything
// a job gets, backtest and decomposition included.
var ours = []contestant{
	{"ets", 5, named(ets.Auto{})},
	{"arima", 3, named(arima.Auto{})},
	{"dotm", 100, named(theta.DynamicOptimised{})},
	{"auto", 1, auto},
}

var theirs = []contestant{{name: "ets", calls: 1}, {name: "auto.arima", calls: 1}, {name: "thetaf", calls: 10}}

func named(m model.Model) func(context.Context, []float64) error {
	return func(ctx context.Context, y []float64) error {
		_, err := m.Forecast(ctx, model.Task{Y: y, Season: season, Horizon: horizon, Probs: []float64{0.025, 0.1, 0.9, 0.975}})
		return err
	}
}

func auto(ctx context.Context, y []float64) error {
	s := &series.Series{Y: y, Start: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), Freq: series.Frequency{Unit: series.Month, N: 1}}
	_, err := forecast.Run(ctx, s, forecast.Options{Horizon: horizon, Levels: []float64{80, 95}})
	return err
}

// speed compares processor time with R's forecast package, series by series in
// turn, each side on one core. Neither side's start counts.
func speed(ctx context.Context, s settings) error {
	r, err := startR(ctx)
	if errors.Is(err, errNoR) {
		return show(map[string]any{"figure": "speed", "skipped": err.Error()})
	}
	if err != nil {
		return err
	}
	all, err := sample(s)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	us, them := map[string][]float64{}, map[string][]float64{}
	for i, y := range append(all[:1:1], all...) { // the first one twice, to warm up
		for _, c := range theirs {
			took, err := r.seconds(c.name, c.calls, y)
			if err != nil {
				return err
			}
			them[c.name] = append(them[c.name], took)
		}
		for _, c := range ours {
			took, err := c.seconds(ctx, y)
			if err != nil {
				return fmt.Errorf("%s, series %d: %w", c.name, i, err)
			}
			us[c.name] = append(us[c.name], took)
		}
	}
	if err := r.stop(); err != nil {
		return err
	}
	return compare(us, them, r.version)
}

// seconds returns the processor time of a call.
func (c contestant) seconds(ctx context.Context, y []float64) (float64, error) {
	began := spent()
	for range c.calls {
		if err := c.run(ctx, y); err != nil {
			return 0, err
		}
	}
	return (spent() - began).Seconds() / float64(c.calls), nil
}

// spent is the processor time of this process, all its threads.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		panic("accuracy: no processor time")
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// compare prints the figures: sums over all series but the one to warm up.
func compare(us, them map[string][]float64, version string) error {
	for _, p := range []struct {
		ours, theirs string
		times        float64 // as fast, at least
		note         string
	}{
		{"ets", "ets", 10, "both search the same 15 forms; ours also averages their forecasts"},
		{"arima", "auto.arima", 8, "both search stepwise; ours also averages up to six of the best orders"},
		{"dotm", "thetaf", 2, "ours optimises the weight of the line and moves it, thetaf is the standard method"},
		{"auto", "auto.arima", 5, "ours is forecast.Run: ensemble, backtest, intervals, decomposition"},
	} {
		mine, r := us[p.ours][1:], them[p.theirs][1:]
		ratio := mean(mine) / mean(r)
		f := atLeast("speed_"+p.ours, 1/ratio, p.times)
		if p.ours == "auto" {
			f = atMost("speed_auto", ratio, 1/p.times)
		}
		f.Note = p.note
		f.Of = map[string]any{
			"series": len(mine), "r": "forecast " + version + " " + p.theirs,
			"pgcast_ms": digits(1000 * mean(mine)), "pgcast_max_ms": digits(1000 * slices.Max(mine)),
			"r_ms": digits(1000 * mean(r)), "r_max_ms": digits(1000 * slices.Max(r)),
			"median_times": digits(median(mine, r)),
		}
		if err := f.print(); err != nil {
			return err
		}
	}
	return nil
}

// median is how many times as fast we are on the series in the middle.
func median(ours, theirs []float64) float64 {
	var times []float64
	for i, v := range ours {
		times = append(times, theirs[i]/v)
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// sample draws monthly series from M3's training parts.
func sample(s settings) ([][]float64, error) {
	meta, err := catalogue(filepath.Join(s.m3(), "meta.csv"))
	if err != nil {
		return nil, err
	}
	var ids []string
	values := map[string][]float64{}
	err = training(s.m3(), func(row []string) error {
		id := row[0]
		if meta[id]["period"] != strconv.Itoa(season) {
			return nil
		}
		if values[id] == nil {
			ids = append(ids, id)
		}
		v, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			v = math.NaN()
		}
		values[id] = append(values[id], v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all [][]float64
	for _, i := range rand.New(rand.NewPCG(s.seed, 0)).Perm(len(ids))[:min(s.series, len(ids))] {
		all = append(all, values[ids[i]])
	}
	return all, nil
}

// Command seasons forecasts series with several seasons, and the kinds that
// take longest, and prints one JSON line for each kind: the error of auto
// beside those of the seasonal naives of the day and of the week, what auto
// chose, and the seconds of one core that a series takes, with its backtest.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
)

func main() {
	flag.String("pgcast", "", "not used: the engine is part of this program")
	each := flag.Int("series", 8, "series of each kind with several seasons")
	only := flag.String("only", "", "seasons or long: that part alone")
	columns := flag.Int("columns", 0, "columns known beside each series")
	model := flag.String("model", "auto", "the model to time")
	flag.Parse()
	if *only != "long" {
		for _, k := range seasonal {
			k.run(*model, *columns, *each)
		}
	}
	if *only != "seasons" {
		for _, k := range long {
			k.run(*model, *columns, 1)
		}
	}
}

// kind is a way to simulate series.
type kind struct {
	name   string
	freq   series.Frequency
	n, h   int
	naives []int // seasons whose naive forecasts it is measured beside
	values func(seed uint64, n int) []float64
}

// run forecasts some series of the kind and prints the line about them.
func (k kind) run(model string, columns, count int) {
	line := map[string]any{"figure": "seasons", "kind": k.name, "steps": k.n, "series": count}
	chosen, warned := map[string]int{}, map[string]bool{}
	var mase float64
	naive := make([]float64, len(k.naives))
	slowest, total := 0.0, 0.0
	for i := range count {
		all := k.values(uint64(i+1), k.n+k.h)
		s := &series.Series{Key: k.name, Freq: k.freq, Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Y: all[:k.n]}
		begin := spent()
		res, err := forecast.Run(context.Background(), s, forecast.Options{Model: model, Horizon: k.h, Levels: []float64{80, 95}, Columns: beside(columns, k.n+k.h, all)})
		if err != nil {
			fmt.Fprintln(os.Stderr, "seasons:", err)
			os.Exit(1)
		}
		took := spent() - begin
		slowest, total = max(slowest, took), total+took
		chosen[res.Selected.Model]++
		for _, w := range res.Warnings {
			warned[w.Code] = true
		}
		scale := miss(all[k.naives[0]:k.n], all[:k.n-k.naives[0]])
		mean := make([]float64, k.h)
		for t, v := range res.Mean {
			mean[t] = float64(v)
		}
		mase += miss(all[k.n:], mean) / scale / float64(count)
		for j, m := range k.naives {
			ahead := make([]float64, k.h)
			for t := range ahead {
				ahead[t] = all[k.n-m+t%m]
			}
			naive[j] += miss(all[k.n:], ahead) / scale / float64(count)
		}
	}
	line["mase"], line["mase_naives"], line["chosen"], line["warnings"] = round(mase), rounded(naive), chosen, warned
	line["cpu_s_mean"], line["cpu_s_max"] = round(total/float64(count)), round(slowest)
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

// spent is the processor time of this process in seconds.
func spent() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// miss is the mean absolute difference.
func miss(a, b []float64) float64 {
	sum := 0.0
	for i := range b {
		sum += math.Abs(a[i]-b[i]) / float64(len(b))
	}
	return sum
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }

func rounded(v []float64) []float64 {
	for i := range v {
		v[i] = round(v[i])
	}
	return v
}

package forecast_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/series"
)

// fiveMinutes is a year of five-minute values with a daily wave.
func fiveMinutes(n int) *series.Series {
	y := make([]float64, n)
	for i := range y {
		y[i] = 50 + 20*math.Sin(2*math.Pi*float64(i)/288) + float64(i*7919%1009)/200
	}
	return &series.Series{Freq: series.Frequency{Unit: series.Second, N: 300}, Y: y}
}

func TestALongSeriesIsCut(t *testing.T) {
	t.Parallel()
	s := fiveMinutes(100_000)
	res := run(t, s, forecast.Options{Horizon: 288, Levels: []float64{80, 95}})
	if len(res.Warnings) == 0 || res.Warnings[0].Code != "history_cut" {
		t.Errorf("warnings %v do not say that the history is cut", res.Warnings)
	}
	if !(res.Metrics.Skill > 0) {
		t.Errorf("skill is %v, want above the seasonal naive: %s", res.Metrics.Skill, res.Selected.Reason)
	}
	checkResult(t, res, 100_000, forecast.Options{Horizon: 288, Levels: []float64{80, 95}})
}

func TestALongRunStopsSoonAfterItsContext(t *testing.T) {
	t.Parallel()
	s := fiveMinutes(50_000)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	deadline, _ := ctx.Deadline()
	_, err := forecast.Run(ctx, s, forecast.Options{Horizon: 288})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error is %v, want context.DeadlineExceeded", err)
	}
	if late := time.Since(deadline); late > 2*time.Minute { // what hangs, not what a busy machine takes
		t.Errorf("stopped %v after the deadline", late)
	}
}

func BenchmarkAutoOnAirPassengers(b *testing.B) {
	b.ReportAllocs()
	s := monthly(modeltest.AirPassengers())
	for b.Loop() {
		if _, err := forecast.Run(context.Background(), s, forecast.Options{Horizon: 12, Levels: []float64{80, 95}}); err != nil {
			b.Fatal(err)
		}
	}
}

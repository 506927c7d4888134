package arima_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/model"
)

func TestLongSeasonsTakeSeconds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, m int }{{400, 24}, {300, 52}, {2700, 336}, {9000, 4383}} {
		y := make([]float64, c.n)
		level := 0.0
		for i := range y {
			level = 0.7*level + float64(i*7919%1009)/1009 - 0.5
			y[i] = 50 + 8*math.Sin(2*math.Pi*float64(i)/float64(c.m)) + 3*math.Sin(2*math.Pi*float64(i)/24) + 2*level
		}
		began := time.Now()
		f, err := arima.Auto{}.Forecast(context.Background(), model.Task{Y: y, Season: c.m, Horizon: c.m, Probs: []float64{0.1, 0.9}})
		if err != nil {
			t.Errorf("%d values, season %d: %v", c.n, c.m, err)
			continue
		}
		if took := time.Since(began); took > 2*time.Minute { // a wide bar for a busy machine
			t.Errorf("%d values, season %d: %s took %v", c.n, c.m, f.Spec, took)
		}
	}
}

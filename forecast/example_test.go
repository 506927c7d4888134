package forecast_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/series"
)

func ExampleRun() {
	s := &series.Series{
		Freq:  series.Frequency{Unit: series.Month, N: 1},
		Start: time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC),
		Y:     modeltest.AirPassengers(),
	}
	res, err := forecast.Run(context.Background(), s, forecast.Options{
		Model:   "seasonal_naive",
		Horizon: 3,
		Levels:  []float64{80},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for h, mean := range res.Mean {
		fmt.Println(s.Time(len(s.Y)+h).Format("2006-01"), mean)
	}
	fmt.Printf("MASE %.4f in %d folds\n", res.Metrics.MASE, res.Backtest.Folds)
	// Output:
	// 1961-01 417
	// 1961-02 391
	// 1961-03 419
	// MASE 1.6192 in 3 folds
}

func ExampleModels() {
	fmt.Println(forecast.Models())
	// Output: [ensemble ets dotm arima theta seasonal_naive naive drift mean ces lgt mstl regression sba tsb imapa adida croston]
}

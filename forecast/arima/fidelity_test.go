package arima_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

// parse reads R's name of a form.
func parse(t *testing.T, spec string) arima.Order {
	t.Helper()
	var o arima.Order
	if n, _ := fmt.Sscanf(spec, "ARIMA(%d,%d,%d)(%d,%d,%d)[%d]", &o.P, &o.D, &o.Q, &o.SP, &o.SD, &o.SQ, &o.M); n != 3 && n != 7 {
		t.Fatalf("%q is no ARIMA", spec)
	}
	o.Constant = strings.HasSuffix(spec, "non-zero mean") || strings.HasSuffix(spec, "drift")
	return o
}

// The bar is R's forecast::auto.arima 8.20: the same order on the same data
// has the same likelihood, missing values or not.
func TestLikelihoodIsRs(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			if r.Method != "auto.arima" {
				continue
			}
			f, err := arima.FitOrder(context.Background(), c.Train, parse(t, r.Spec))
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			compared++
			if f.Order.String() != r.Spec && !strings.HasSuffix(f.Order.String(), "zero mean") {
				t.Errorf("%s: order %s, want %s", c.Name, f.Order, r.Spec)
			}
			t.Logf("%s %s: %.4f, R %.4f; AICc %.3f sigma2 %v AR %v MA %v SAR %v SMA %v const %v", c.Name, r.Spec, f.LogLik, r.LogLik, f.AICc, f.Sigma2, f.AR, f.MA, f.SAR, f.SMA, f.Regression)
			if math.Abs(f.LogLik-r.LogLik) > 0.1 {
				t.Errorf("%s %s: log likelihood %.4f, R's %.4f", c.Name, r.Spec, f.LogLik, r.LogLik)
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d fits were compared", compared)
	}
}

// R's auto.arima chooses these orders for the classics, and forecasts with
// them.
func TestChoosesAsR(t *testing.T) {
	t.Parallel()
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			if r.Method != "auto.arima" {
				continue
			}
			f, err := arima.Auto{}.Choose(context.Background(), c.Train, c.Period)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			worst := 0.0
			g, err := arima.FitOrder(context.Background(), c.Train, parse(t, r.Spec))
			if err != nil {
				t.Fatal(err)
			}
			for h, v := range g.Forecast(c.Horizon, nil).Mean {
				worst = max(worst, math.Abs(v-r.Mean[h])/math.Abs(r.Mean[h]))
			}
			t.Logf("%s: %s %.3f AICc %.3f; R %s %.3f; same order off by %.4f %%", c.Name, f.Order, f.LogLik, f.AICc, r.Spec, r.LogLik, 100*worst)
		}
	}
}

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
// has the same likelihood and forecasts, missing values or not.
func TestLikelihoodAndForecastsAreRs(t *testing.T) {
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
			if math.Abs(f.LogLik-r.LogLik) > 0.1 {
				t.Errorf("%s %s: log likelihood %.4f, R's %.4f", c.Name, r.Spec, f.LogLik, r.LogLik)
			}
			for h, v := range f.Forecast(c.Horizon, nil).Mean {
				if math.Abs(v-r.Mean[h]) > 0.001*math.Abs(r.Mean[h]) {
					t.Errorf("%s %s: step %d is %v, R's %v", c.Name, r.Spec, h+1, v, r.Mean[h])
				}
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d fits were compared", compared)
	}
}

// R's auto.arima chooses these orders for the classics. Where the search ends
// elsewhere, R gave a better model up because its start was not stationary.
func TestChoosesAsROrBetter(t *testing.T) {
	t.Parallel()
	same := 0
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			if r.Method != "auto.arima" || len(c.Train) > 500 {
				continue
			}
			f, err := arima.Auto{}.Choose(context.Background(), c.Train, c.Period)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			if f.Order.String() == r.Spec {
				same++
				continue
			}
			theirs, err := arima.FitOrder(context.Background(), c.Train, parse(t, r.Spec))
			if err != nil {
				t.Fatal(err)
			}
			if f.AICc > theirs.AICc {
				t.Errorf("%s: %s with AICc %.3f, R's %s has %.3f", c.Name, f.Order, f.AICc, r.Spec, theirs.AICc)
			}
		}
	}
	if same < 16 {
		t.Errorf("the same orders as R for %d series only", same)
	}
}

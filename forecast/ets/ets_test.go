package ets_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, ets.Auto{})
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, ets.Auto{}) }

func TestEveryFormConforms(t *testing.T) {
	t.Parallel()
	for _, form := range ets.Forms() {
		t.Run(form.String(), func(t *testing.T) {
			t.Parallel()
			modeltest.Conform(t, ets.Auto{Label: "one form", Allow: func(f ets.Form) bool { return f == form }})
		})
	}
}

// forms are all forms by name.
func forms() map[string]ets.Form {
	all := map[string]ets.Form{}
	for _, form := range ets.Forms() {
		all[form.String()] = form
	}
	return all
}

// startOf is what R's fit of a form runs with.
func startOf(form ets.Form, r modeltest.Reference, m int) ets.Start {
	p, total := r.Params, 0.0
	if form.Season == ets.Multiplicative {
		total = float64(m)
	}
	return ets.Start{
		Alpha: p["alpha"], Beta: p["beta"], Gamma: p["gamma"], Phi: p["phi"],
		Level: p["l"], Slope: p["b"], Season: r.Season(m, total),
	}
}

// The bar is R's forecast::ets 8.20 on the same form and data.
func TestLogLikelihoodIsNotWorseThanRs(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			form, known := forms()[r.Spec]
			if r.Method != "ets" || !known || !c.Complete() {
				continue
			}
			fit, err := ets.FitForm(context.Background(), form, c.Train, c.Period)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			compared++
			if fit.LogLik < r.LogLik-0.1 {
				t.Errorf("%s %s: log likelihood %.3f, R reaches %.3f", c.Name, r.Spec, fit.LogLik, r.LogLik)
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d fits were compared", compared)
	}
}

// With the parameters that R's forecast::ets 8.20 found, likelihood and
// forecasts are R's: up to the six digits of the parameters, and up to the
// covariance of trend and season that R's mean of a form like ETS(M,A,M) counts
// in, a thousandth.
func TestWithRsParametersForecastsAreRs(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			if r.Method != "ets" || !c.Complete() {
				continue
			}
			form := forms()[r.Spec]
			compared++
			fit := ets.At(form, startOf(form, r, c.Period), c.Train, c.Period)
			if math.Abs(fit.LogLik-r.LogLik) > 0.01 {
				t.Errorf("%s %s: log likelihood %.4f, R's %.4f", c.Name, r.Spec, fit.LogLik, r.LogLik)
			}
			for h, v := range fit.Forecast(c.Horizon, nil).Mean {
				if math.Abs(v/r.Mean[h]-1) > 0.002 {
					t.Errorf("%s %s: step %d is %v, R's %v", c.Name, r.Spec, h+1, v, r.Mean[h])
				}
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d fits were compared", compared)
	}
}

// R's forecast::ets 8.20 chooses this form for the first ten years and reaches
// a log likelihood of -537.2249.
func TestAirPassengersLikelihood(t *testing.T) {
	t.Parallel()
	form := ets.Form{Error: ets.Multiplicative, Trend: ets.Additive, Damped: true, Season: ets.Multiplicative}
	fit, err := ets.FitForm(context.Background(), form, modeltest.AirPassengers()[:120], 12)
	if err != nil {
		t.Fatal(err)
	}
	if fit.LogLik < -537.3249 || fit.LogLik > -530 {
		t.Errorf("log likelihood is %.4f, R's is -537.2249", fit.LogLik)
	}
}

// A step ahead the variance is σ²; two steps ahead (1 + α²)σ² for ETS(A,N,N)
// and, by table 6.1, (1 + (α+β)²)σ² for ETS(A,A,N).
func TestIntervalsOfLinearFormsAreExact(t *testing.T) {
	t.Parallel()
	y := modeltest.AirPassengers()
	one := model.NormalQuantile(0.9)
	for _, form := range []ets.Form{{Error: ets.Additive, Trend: ets.None, Season: ets.None}, {Error: ets.Additive, Trend: ets.Additive, Season: ets.None}} {
		fit, err := ets.FitForm(context.Background(), form, y, 1)
		if err != nil {
			t.Fatal(err)
		}
		f := fit.Forecast(2, []float64{0.9})
		c := f.Params["alpha"] + f.Params["beta"]
		for h, want := range []float64{1, math.Sqrt(1 + c*c)} {
			sd := (f.Quantiles[0][h] - f.Mean[h]) / one / math.Sqrt(fit.Sigma2)
			if math.Abs(sd-want) > 1e-9 {
				t.Errorf("%s step %d: %v σ, want %v", form, h+1, sd, want)
			}
		}
	}
}

func TestLongSeasonsAreTakenOffFirst(t *testing.T) {
	t.Parallel()
	y := make([]float64, 52*4)
	for i := range y {
		y[i] = 100 + 30*math.Sin(2*math.Pi*float64(i)/52) + float64(i*7919%101)/50
	}
	f, err := ets.Auto{}.Forecast(context.Background(), model.Task{Y: y, Season: 52, Horizon: 52})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(f.Spec, "on seasonally adjusted data") {
		t.Errorf("spec is %q", f.Spec)
	}
	for h, v := range f.Mean {
		if want := 101 + 30*math.Sin(2*math.Pi*float64(len(y)+h)/52); math.Abs(v-want) > 5 {
			t.Fatalf("step %d is %.1f, the wave %.1f", h+1, v, want)
		}
	}
}

func BenchmarkAuto(b *testing.B) {
	b.ReportAllocs()
	task := model.Task{Y: modeltest.AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (ets.Auto{}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}

package ets

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/modeltest"
)

// A difference of 8 in AICc is a factor of e; one of more than 56 counts for
// nothing.
func TestWeightsFollowAICc(t *testing.T) {
	t.Parallel()
	w := weights([]*Fit{{AICc: 108}, {AICc: 100}, {AICc: 160}})
	if math.Abs(w[1]/w[0]-math.E) > 1e-12 || w[2] != 0 || math.Abs(w[0]+w[1]-1) > 1e-12 {
		t.Errorf("weights are %v", w)
	}
}

func TestBlendIsTheWeightedMean(t *testing.T) {
	t.Parallel()
	fits, err := Auto{}.fits(context.Background(), modeltest.AirPassengers(), 12)
	if err != nil {
		t.Fatal(err)
	}
	got := blend(fits, 3, []float64{0.9})
	for h := range got.Mean {
		mean, high := 0.0, 0.0
		for i, w := range weights(fits) {
			f := fits[i].Forecast(3, []float64{0.9})
			mean += w * f.Mean[h]
			high += w * f.Quantiles[0][h]
		}
		if math.Abs(got.Mean[h]-mean) > 1e-9 || math.Abs(got.Quantiles[0][h]-high) > 1e-9 {
			t.Errorf("step %d: %v to %v, want %v to %v", h+1, got.Mean[h], got.Quantiles[0][h], mean, high)
		}
	}
}

// The series grows at an even pace but for its last values. Where the
// likelihood alone sees a slope that moves as fast as the level, the prior
// keeps it calmer.
func TestThePriorCalmsTheSlope(t *testing.T) {
	t.Parallel()
	y := []float64{3490, 3735, 3969, 4131, 4333, 4410, 4503, 4358, 4506, 4646, 5257, 6143, 7436, 9397}
	form := Form{Error: Multiplicative, Trend: Additive, Season: None}
	free, err := FitForm(context.Background(), form, y, 1)
	if err != nil {
		t.Fatal(err)
	}
	calm, err := fitFrom(context.Background(), form, y, 1, steady, nil)
	if err != nil {
		t.Fatal(err)
	}
	if share := free.start.beta / free.start.alpha; share < 0.95 {
		t.Fatalf("the likelihood alone has beta/alpha %.2f", share)
	}
	if share := calm.start.beta / calm.start.alpha; share > 0.9 {
		t.Errorf("beta/alpha is %.2f under the prior", share)
	}
}

package ets

import (
	"context"
	"testing"
)

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

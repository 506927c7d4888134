package theta

import (
	"testing"

	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestErrorsAllocateNothing(t *testing.T) {
	y := modeltest.AirPassengers()
	if n := testing.AllocsPerRun(20, func() { bestSES(y, 0.0001, 0.9999) }); n != 0 {
		t.Errorf("exponential smoothing allocates %v times per search", n)
	}
	if n := testing.AllocsPerRun(20, func() { estimate(y) }); n != 0 {
		t.Errorf("DOTM allocates %v times per search", n)
	}
}

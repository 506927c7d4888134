package e2e

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/chaos"
)

var seed = flag.Uint64("seed", 0, "of the chaos test; 0: another one each time")

// The long form is scripts/bench chaos.
func TestNothingIsLostOrDoneTwiceWhileEverythingBreaks(t *testing.T) {
	t.Parallel()
	c := chaos.Config{Binary: binary, Dir: dataDir(t), Seed: *seed, Jobs: 80, Duration: 38 * time.Second, Mending: 3 * time.Minute, Log: t.Logf}
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	report, err := chaos.Run(t.Context(), c)
	if err != nil {
		t.Fatalf("seed %d: %v", c.Seed, err)
	}
	for _, v := range report.Violations {
		t.Errorf("seed %d: %v", c.Seed, v)
	}
	report.Violations = nil
	what, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", what)
}

package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// panel writes a file of monthly series and returns its path and what
// `pgcast forecast` makes of it. One series takes about 40 ms of one core to
// forecast, so some 16 are long enough to be killed in the middle.
func panel(t *testing.T, series int) (path, want string) {
	t.Helper()
	const months = 200
	random := rand.New(rand.NewPCG(4, 5))
	var text strings.Builder
	text.WriteString("shop,month,sold\n")
	for s := range series {
		for i := range months {
			sold := 100 + float64(s) + 10*math.Sin(2*math.Pi*float64(i)/12) + 3*random.NormFloat64()
			fmt.Fprintf(&text, "shop %03d,%d-%02d-01,%.2f\n", s, 2005+i/12, i%12+1, sold)
		}
	}
	path = filepath.Join(t.TempDir(), "panel.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, forecastFile(t, path)
}

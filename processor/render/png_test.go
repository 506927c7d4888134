package render_test

import (
	"bytes"
	"flag"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/processor/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestPNGLooksAsAgreed compares with pictures somebody has looked at. Pixels
// may differ by a little: fonts are rasterised in floating point.
func TestPNGLooksAsAgreed(t *testing.T) {
	t.Parallel()
	for name, o := range pictures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := draw(t, o)
			path := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if off := distance(t, got, want); off > 0.001 {
				t.Errorf("the picture differs from %s by %.4f of full contrast; look at it, then run with -update", path, off)
			}
			if len(got) > 120<<10 {
				t.Errorf("%d bytes are more than 120 kB", len(got))
			}
		})
	}
}

// pictures are one chart for each thing that is drawn in its own way.
func pictures() map[string]*engine.Output {
	panel := output(24, 50, 80, 90, 95)
	panel.Series = append(panel.Series, panel.Series[0])
	panel.Series[0].ID = "売上 (円)"
	return map[string]*engine.Output{
		"air_passengers": output(24, 80, 95),
		"panel":          panel,
		"hourly":         hourly(),
		"nothing":        {},
	}
}

// hourly is a year of hours with a gap and one lonely value, two days ahead,
// with quantiles instead of levels and a name that is too long.
func hourly() *engine.Output {
	const n, h = 8760, 48
	iso := every(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), time.Hour, n+h)
	values := make([]forecast.Number, n+h)
	for i := range values {
		hour := 2 * math.Pi * float64(i) / 24
		values[i] = forecast.Number(1e4 * (3 + math.Sin(hour) + 0.3*math.Sin(3*hour)))
	}
	o := output(1)
	s := &o.Series[0]
	s.ID = "load/" + strings.Repeat("north/", 30)
	s.Points = engine.Points{ISO: iso[n:], Mean: values[n:]}
	for _, q := range []float64{0.05, 0.1, 0.5, 0.9, 0.95} {
		line := make([]forecast.Number, h)
		for i := range line {
			line[i] = values[n+i] + forecast.Number((q-0.5)*400*float64(i))
		}
		s.Points.Quantiles = append(s.Points.Quantiles, forecast.Quantile{Q: q, Values: line})
	}
	past := append([]forecast.Number(nil), values[:n]...)
	for i := n - 160; i < n-150; i++ {
		past[i] = forecast.Number(math.NaN())
	}
	past[n-155] = 42000
	s.History = engine.History{ISO: iso[:n], Value: past}
	o.Request = engine.Plan{Frequency: "h", SeasonLength: 24}
	return o
}

func TestPNGIsTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	o := output(24, 80, 95)
	if !bytes.Equal(draw(t, o), draw(t, o)) {
		t.Error("two pictures of one output differ")
	}
}

// TestPNGDrawsWhateverComes feeds outputs that are odd but possible: nothing
// may panic, and the size stays.
func TestPNGDrawsWhateverComes(t *testing.T) {
	t.Parallel()
	nan, inf := forecast.Number(math.NaN()), forecast.Number(math.Inf(1))
	odd := map[string]func(*engine.Series){
		"rows instead of times": func(s *engine.Series) { s.History.ISO, s.Points.ISO = counted(1, 144), counted(145, 12) },
		"times nobody can read": func(s *engine.Series) { s.History.ISO[3] = "in spring" },
		"times out of order":    func(s *engine.Series) { s.History.ISO[3], s.History.ISO[4] = s.History.ISO[4], s.History.ISO[3] },
		"no history":            func(s *engine.Series) { s.History = engine.History{} },
		"no forecast":           func(s *engine.Series) { s.Points = engine.Points{} },
		"one observation":       func(s *engine.Series) { s.History.ISO, s.History.Value = s.History.ISO[:1], s.History.Value[:1] },
		"last value missing":    func(s *engine.Series) { s.History.Value[143] = nan },
		"not a number anywhere": func(s *engine.Series) { fill(s, nan) },
		"infinite":              func(s *engine.Series) { fill(s, inf) },
		"constant":              func(s *engine.Series) { fill(s, 7) },
		"huge":                  func(s *engine.Series) { s.History.Value[0], s.Points.Mean[0] = 1e307, -1e307 },
		"tiny":                  func(s *engine.Series) { fill(s, 0); s.Points.Mean[0] = 1e-300 },
		"wild band":             func(s *engine.Series) { s.Points.Levels[0].Upper[11] = 1e250 },
		"short band":            func(s *engine.Series) { s.Points.Levels[0].Upper = s.Points.Levels[0].Upper[:3] },
		"no name":               func(s *engine.Series) { s.ID = "\n\t" },
	}
	for name, change := range odd {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := output(12, 80, 95)
			change(&o.Series[0])
			draw(t, o)
		})
	}
}

func fill(s *engine.Series, v forecast.Number) {
	for i := range s.History.Value {
		s.History.Value[i] = v
	}
	for i := range s.Points.Mean {
		s.Points.Mean[i] = v
	}
}

// draw returns the picture of o after checking that it is one.
func draw(t *testing.T, o *engine.Output) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.PNG(&b, o); err != nil {
		t.Fatalf("draw: %v", err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("the picture cannot be read: %v", err)
	}
	if size.Width != 960 || size.Height != 480 {
		t.Fatalf("the picture is %d × %d, want 960 × 480", size.Width, size.Height)
	}
	return b.Bytes()
}

// distance is the mean difference of two pictures' channels, 0 for equal ones
// and 1 for black against white.
func distance(t *testing.T, a, b []byte) float64 {
	t.Helper()
	one, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	other, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if one.Bounds() != other.Bounds() {
		return 1
	}
	sum, n := 0.0, 0
	for y := range one.Bounds().Dy() {
		for x := range one.Bounds().Dx() {
			r, g, b, _ := one.At(x, y).RGBA()
			r2, g2, b2, _ := other.At(x, y).RGBA()
			sum += math.Abs(float64(r)-float64(r2)) + math.Abs(float64(g)-float64(g2)) + math.Abs(float64(b)-float64(b2))
			n += 3
		}
	}
	return sum / float64(n) / 0xffff
}

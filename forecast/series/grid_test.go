package series_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/series"
)

var gridWords = []string{"s", "5min", "h", "6h", "D", "3D", "B", "W-MON", "W-SAT", "2W-FRI", "MS", "ME", "2MS", "QS", "QE", "QS-FEB", "QE-JAN", "YS", "YE", "YS-JUL", "YE-JUN", "5YS"}

// The label of a time is on its own grid; n steps from a label are n steps;
// every time between two labels belongs to the right one of them.
func TestGridLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := frequency(t, rapid.SampledFrom(gridWords).Draw(r, "frequency"))
		origin := f.Label(date("1990-05-17").Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(r, "second")) * time.Second))
		if again := f.Floor(origin, origin); !again.Equal(origin) {
			r.Fatalf("%s: the label %s lies on the step %s", f, origin, again)
		}
		n := rapid.IntRange(-500, 500).Draw(r, "steps")
		label := f.Add(origin, n)
		if got := f.Steps(origin, label); got != n {
			r.Fatalf("%s: from %s to %s are %d steps, want %d", f, origin, label, got, n)
		}
		next := f.Add(origin, n+1)
		inside := label.Add(time.Duration(rapid.Float64Range(0, 0.999).Draw(r, "share") * float64(next.Sub(label)))).Truncate(time.Second)
		want := label
		if f.End && !inside.Before(label.AddDate(0, 0, 1)) { // a month end closes its period with its own day
			want = next
		}
		if got := f.Floor(inside, origin); !got.Equal(want) {
			r.Fatalf("%s: %s belongs to %s, want %s", f, inside, got, want)
		}
	})
}

func TestLabels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, at, want string }{
		{"h", "2024-05-15 13:45", "2024-05-15 13:00"}, {"15min", "2024-05-15 13:59", "2024-05-15 13:45"}, {"D", "2024-05-15 13:45", "2024-05-15"},
		{"W-MON", "2024-05-15", "2024-05-13"}, {"W-WED", "2024-05-15", "2024-05-15"}, {"B", "2024-05-18", "2024-05-17"},
		{"MS", "2024-05-15", "2024-05-01"}, {"ME", "2024-05-15", "2024-05-31"}, {"QS", "2024-05-15", "2024-04-01"}, {"QE", "2024-05-15", "2024-06-30"},
		{"QS-FEB", "2024-04-15", "2024-02-01"}, {"YS", "2024-05-15", "2024-01-01"}, {"YE", "2024-05-15", "2024-12-31"}, {"YS-JUL", "2024-05-15", "2023-07-01"}, {"YE-JUN", "2024-07-15", "2025-06-30"},
	} {
		if got := frequency(t, c.word).Label(date(c.at)); !got.Equal(date(c.want)) {
			t.Errorf("%s: the label of %s is %s, want %s", c.word, c.at, got, c.want)
		}
	}
}

func TestIndexCounts(t *testing.T) {
	t.Parallel()
	f := series.Frequency{Unit: series.Index, N: 1}
	first := time.Unix(1, 0).UTC()
	if got := f.Steps(first, f.Add(first, 41)); got != 41 {
		t.Errorf("41 rows on are %d steps", got)
	}
}

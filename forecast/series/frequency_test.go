package series_test

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

func date(s string) time.Time {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	panic("series_test: no date: " + s)
}

func frequency(t *testing.T, word string) series.Frequency {
	t.Helper()
	f, err := series.ParseFrequency(word)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWordsComeBack(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"s": "s", "15s": "15s", "min": "min", "5min": "5min", "60min": "h", "h": "h", "6h": "6h", "D": "D", "7D": "7D", "B": "B", "W": "W-SUN", "W-MON": "W-MON", "2W-FRI": "2W-FRI",
		"MS": "MS", "ME": "ME", "M": "ME", "2MS": "2MS", "QS": "QS", "QS-FEB": "QS-FEB", "QS-APR": "QS", "QE": "QE", "Q": "QE", "YS": "YS", "5YS": "5YS", "YE": "YE", "YS-JUL": "YS-JUL", "YE-JUN": "YE-JUN",
		"A": "YE", "H": "h", "T": "min", "12MS": "YS", "W-mon": "W-MON",
	} {
		f, err := series.ParseFrequency(word)
		if err != nil || f.String() != want {
			t.Errorf("%q = %q (%v), want %q", word, f, err, want)
		}
	}
	for _, word := range []string{"", "7", "x", "0D", "-1D", "W-FOO", "MS-JAN", "D-MON", "99999999D", "irregular"} {
		if f, err := series.ParseFrequency(word); err == nil {
			t.Errorf("%q is taken for %q", word, f)
		}
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word, from string
		n          int
		want       string
	}{
		{"D", "2024-02-28", 2, "2024-03-01"}, {"h", "2024-01-01 23:00", 2, "2024-01-02 01:00"}, {"5min", "2024-01-01 00:00", -1, "2023-12-31 23:55"},
		{"W-SAT", "2001-12-29", 1, "2002-01-05"}, {"B", "2024-01-05", 1, "2024-01-08"}, {"B", "2024-01-05", 7, "2024-01-16"}, {"B", "2024-01-08", -1, "2024-01-05"},
		{"MS", "1960-12-01", 1, "1961-01-01"}, {"ME", "2024-01-31", 1, "2024-02-29"}, {"ME", "2024-02-29", 1, "2024-03-31"}, {"MS", "2024-01-15", 1, "2024-02-15"},
		{"QS", "2024-10-01", 1, "2025-01-01"}, {"YS", "2024-01-01", -3, "2021-01-01"}, {"5YS", "2007-01-01", 1, "2012-01-01"},
	} {
		if got := frequency(t, c.word).Add(date(c.from), c.n); !got.Equal(date(c.want)) {
			t.Errorf("%s: %s and %d steps = %s, want %s", c.word, c.from, c.n, got, c.want)
		}
	}
}

func TestSeasonLength(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{"h": 24, "15min": 96, "D": 7, "B": 5, "W-MON": 52, "MS": 12, "QS": 4, "YS": 1, "5YS": 1, "2D": 1, "7h": 1, "ME": 12, "2MS": 6} {
		if got := frequency(t, word).SeasonLength(); got != want {
			t.Errorf("season of %s = %d, want %d", word, got, want)
		}
	}
}

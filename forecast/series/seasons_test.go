package series_test

import (
	"slices"
	"testing"

	"github.com/pgcast/pgcast/forecast/series"
)

func TestSeasonsOfAFrequency(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][]int{
		"h":     {24, 168, 8766},
		"30min": {48, 336, 17532},
		"D":     {7, 365},
		"B":     {5, 261},
		"W-SUN": {52},
		"MS":    {12},
		"QS":    {4},
		"YS":    nil,
		"7min":  nil,
	} {
		f, err := series.ParseFrequency(word)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Seasons(); !slices.Equal(got, want) {
			t.Errorf("%s has the seasons %v, want %v", word, got, want)
		}
	}
}

package dataset

import (
	"math"
	"strconv"
	"testing"
)

func TestNumbersAreReadUnderBothReadings(t *testing.T) {
	t.Parallel()
	nan := math.NaN() // no number under that reading
	for cell, want := range map[string][2]float64{
		"0": {0, 0}, "42": {42, 42}, "-7": {-7, -7}, "+7": {7, 7}, "7-": {-7, -7}, "(7)": {-7, -7}, "−7": {-7, -7},
		"1.5": {1.5, nan}, "1,5": {nan, 1.5}, ".5": {0.5, nan}, "-.30": {-0.3, nan}, ",5": {nan, 0.5}, "5.": {5, nan},
		"1.234": {1.234, 1234}, "1,234": {1234, 1.234}, "0.123": {0.123, nan}, "0,123": {nan, 0.123},
		"1,234.5": {1234.5, nan}, "1.234,5": {nan, 1234.5}, "1,234,567": {1234567, nan}, "1.234.567": {nan, 1234567}, "12,34,567": {1234567, nan}, "R$ 5": {5, 5},
		"1 234,5": {nan, 1234.5}, "1\u00a0234.5": {1234.5, nan}, "1\u202f234": {1234, 1234}, "1'234.50": {1234.5, nan}, "1’234": {1234, 1234},
		"1e3": {1000, 1000}, "1.5E-3": {0.0015, nan}, "1,5e3": {nan, 1500}, "12%": {12, 12}, "12.5 %": {12.5, nan},
		"$1,234.50": {1234.5, nan}, "-$5": {-5, -5}, "$-5": {-5, -5}, "5 €": {5, 5}, "1.234,50 €": {nan, 1234.5}, "EUR 3": {3, 3}, "($5)": {-5, -5},
		"9007199254740993": {9007199254740992, 9007199254740992}, "0.1": {0.1, nan}, "45.60530679933665": {45.60530679933665, nan},
	} {
		f, ok := parseFigure([]byte(cell))
		if !ok {
			t.Errorf("%q is no number, want %v", cell, want)
			continue
		}
		for r := range want {
			if f.ok[r] == math.IsNaN(want[r]) || f.ok[r] && f.value[r] != want[r] {
				t.Errorf("%q with %q for the decimal mark = %v (%v), want %v", cell, reading(r).mark(), f.value[r], f.ok[r], want[r])
			}
		}
	}
}

func TestNoNumbers(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"", "-", ".", ",", "abc", "12a", "a12", "1-2", "1.2.3", "1,2,3", "12,34,56", "1,23,4567", "1..2", "--5", "(-5", "(5", "5)", "$", "%", "1e", "e5", "1e400",
		"2024-01-01", "12:30", "1 2", "0x10", "NaN", "Inf", "1,,234", "$5$", "5%%", "1.234,567.8"} {
		if f, ok := parseFigure([]byte(cell)); ok {
			t.Errorf("%q is taken for a number: %+v", cell, f)
		}
	}
}

func TestMissingMarkers(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"", "NA", "n/a", "NaN", "null", "None", "-", "..", "***", "#N/A", "#DIV/0!"} {
		if !missing([]byte(cell)) {
			t.Errorf("%q is no missing marker", cell)
		}
	}
	for _, cell := range []string{"0", "-1", "Nan Goldin", "nano", "1", "a"} {
		if missing([]byte(cell)) {
			t.Errorf("%q is taken for missing", cell)
		}
	}
}

// Whatever strconv writes, the recogniser reads back to the same bits; and
// nothing makes it panic or return what is no number.
func FuzzParseFigure(f *testing.F) {
	for _, seed := range []string{"1", "-.5", "1,234.5", "1.234,5 €", "(12%)", "1e-9", "9999999999999999999", "0.1"} {
		f.Add([]byte(seed), 1.5)
	}
	f.Fuzz(func(t *testing.T, cell []byte, v float64) {
		if fig, ok := parseFigure(cell); ok {
			for r := range fig.value {
				if fig.ok[r] && (math.IsNaN(fig.value[r]) || math.IsInf(fig.value[r], 0)) {
					t.Errorf("%q = %v", cell, fig.value[r])
				}
			}
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		for _, format := range []byte{'f', 'g'} {
			text := strconv.FormatFloat(v, format, -1, 64)
			if len(text) > 60 {
				continue
			}
			if fig, ok := parseFigure([]byte(text)); !ok || fig.value[dotDecimal] != v {
				t.Errorf("%s reads back as %v (%v)", text, fig.value[dotDecimal], ok)
			}
		}
	})
}

func FuzzTrim(f *testing.F) {
	f.Add([]byte(" \u00a0 a\t"))
	f.Fuzz(func(t *testing.T, cell []byte) {
		if once := trim(cell); string(trim(once)) != string(once) {
			t.Errorf("trim(%q) leaves blanks", cell)
		}
	})
}

package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"
)

// Rows that are cut and counted many at a time make the profile of rows that
// come one by one, wherever odd ones stand between them.
func TestBatchesCountAsRowsDo(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		text := oddPanel(rand.New(rand.NewPCG(seed, 6)))
		whole, err := Scan(t.Context(), bytes.NewReader(text), DefaultLimits)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		single, err := Scan(t.Context(), iotest.OneByteReader(bytes.NewReader(text)), DefaultLimits)
		if err != nil {
			t.Fatalf("seed %d, byte by byte: %v", seed, err)
		}
		a, b := mustJSON(t, whole), mustJSON(t, single)
		if !bytes.Equal(a, b) {
			t.Errorf("seed %d:\n%s\nbyte by byte\n%s", seed, a, b)
		}
	}
}

// oddPanel is a panel whose columns change their kind, with short, long, quoted
// and blank rows, and times that are none.
func oddPanel(r *rand.Rand) []byte {
	text := []byte("id,ds,country,y,n\r\n")
	start := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 9000 {
		id := i / 700
		at := start.Add(time.Duration(i%700) * time.Hour).Format("2006-01-02 15:04:05")
		y := fmt.Sprintf("%.*f", r.IntN(5), r.NormFloat64()*1000)
		switch r.IntN(300) {
		case 0:
			at = "later"
		case 1:
			y = "NA"
		case 2:
			y = "1,5"
		case 3:
			y = `"7.5"`
		case 4:
			y = "3\r\n"
		case 5:
			y = " 12.250 "
		}
		text = fmt.Appendf(text, "s%d,%s,%s,%s,%d\r\n", id, at, [...]string{"DE", "FR"}[id%2], y, i)
	}
	return text
}

func mustJSON(t *testing.T, p *Profile) []byte {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Eight digits at once are read as one by one, whatever stands behind them.
func TestEightDigits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	for range 200_000 {
		const likely = "0123456789012345678901234567890123456789...--/:e ,\x00\xff"
		cell := make([]byte, 8)
		for i := range cell {
			cell[i] = likely[r.IntN(len(likely))]
		}
		n := 1 + r.IntN(8)
		word := uint64(0)
		for i, c := range cell {
			word |= uint64(c) << (8 * i)
		}
		digits, dot, ok := eightDigits(word, n)
		wantDigits, wantDot, want := digitsOf(cell[:n])
		if ok != want || ok && (digits != wantDigits || dot != wantDot) {
			t.Fatalf("%q: %d, %d, %v; want %d, %d, %v", cell[:n], digits, dot, ok, wantDigits, wantDot, want)
		}
	}
}

// Every time of day is read as it is written, and nothing else is one.
func TestHourMinuteSecond(t *testing.T) {
	t.Parallel()
	word := func(text string) (w uint64) {
		for i := range 8 {
			w |= uint64(text[i]) << (8 * i)
		}
		return w
	}
	for second := range 24 * 3600 {
		text := fmt.Sprintf("%02d:%02d:%02d", second/3600, second/60%60, second%60)
		if got, ok := hourMinuteSecond(word(text)); !ok || got != int64(second) {
			t.Fatalf("%s: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"24:00:00", "12:60:00", "12:00:60", "12-00:00", "12:00.00", "1a:00:00", "12:0 :00", "12:00:0:", ":2:00:00", "99:99:99", "\xb12:00:00"} {
		if _, ok := hourMinuteSecond(word(text)); ok {
			t.Errorf("%q is read", text)
		}
	}
}

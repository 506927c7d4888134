package dataset_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

var update = flag.Bool("update", false, "write the golden files anew")

// airPassengers are the monthly totals of international airline passengers, in
// thousands, January 1949 to December 1960 (Box & Jenkins 1976, series G).
var airPassengers = [144]int{
	112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
	115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
	145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
	171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
	196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
	204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
	242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
	284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
	315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
	340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
	360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
	417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
}

func airPassengersCSV() string {
	var b strings.Builder
	b.WriteString("month,passengers\n")
	for i, n := range airPassengers {
		fmt.Fprintf(&b, "%s,%d\n", time.Date(1949, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02"), n)
	}
	return b.String()
}

// The whole profile of a clean file is pinned: what the answer of an upload
// looks like changes only on purpose.
func TestAirPassengersProfileIsGolden(t *testing.T) {
	t.Parallel()
	p := scan(t, airPassengersCSV())
	got, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "air_passengers.profile.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("the profile differs from %s (run with -update to accept):\n%s", golden, got)
	}
}

func TestAirPassengersReadBack(t *testing.T) {
	t.Parallel()
	text := airPassengersCSV()
	p := scan(t, text)
	data, err := dataset.Read(t.Context(), strings.NewReader(text), p, suggested(t, p))
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	s := data.Series[0]
	if s.Key != "passengers" || s.Freq.String() != "MS" || len(s.Y) != len(airPassengers) {
		t.Fatalf("series %q of %d steps of %s, want passengers of 144 steps of MS", s.Key, len(s.Y), s.Freq)
	}
	for i, want := range airPassengers {
		if s.Y[i] != float64(want) {
			t.Errorf("step %d = %v, want %d", i, s.Y[i], want)
		}
	}
	if next := data.Layout.Format(s.Time(len(s.Y))); next != "1961-01-01" {
		t.Errorf("the first forecast would be labelled %q, want 1961-01-01", next)
	}
}

package dataset

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestAHashSetIsASet(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	var s hashSet
	want := map[uint64]bool{}
	for range 20_000 {
		h := uint64(random.IntN(5000)) * uint64(random.IntN(2)) // many of them 0
		if random.IntN(2) == 0 {
			h = mix(h, 1)
		}
		s.add(h)
		want[h] = true
		if s.n != len(want) {
			t.Fatalf("%d hashes, not %d", s.n, len(want))
		}
	}
	for h := range s.all {
		if !want[h] {
			t.Fatalf("%d was never added, or is there twice", h)
		}
		delete(want, h)
	}
	if len(want) > 0 {
		t.Errorf("%d hashes are missing", len(want))
	}
}

// A whole number counts the same on the short way as on the long one.
func TestTheShortWayOfWholeNumbers(t *testing.T) {
	t.Parallel()
	var short, long votes
	cells := []string{"0", "-0", "7", "8", "9", "007", "-12", "20200101", "9007199254740991", "7", "-1"}
	for i := range 100 {
		cells = append(cells, strconv.Itoa(i*i))
	}
	b := newBatch(1, 1)
	for _, cell := range cells {
		if short.addDecimals([][]byte{[]byte(cell)}, b.hashes, b) != 1 {
			t.Errorf("%q does not go the short way", cell)
		}
		f, ok := parseFigure([]byte(cell))
		if !ok {
			t.Fatalf("%q is no number", cell)
		}
		long.begins(hashBytes([]byte(cell)))
		long.values.add(long.hash)
		long.addNumber(&f, []byte(cell))
	}
	for r := range short.tallies {
		a, b := short.tallies[r], long.tallies[r]
		if a.n != b.n || a.integers != b.integers || a.sum != b.sum || a.group != b.group ||
			a.low.value != b.low.value || a.low.next != b.low.next || a.low.count != b.low.count || !slices.Equal(a.low.text, b.low.text) ||
			a.high.value != b.high.value || a.high.next != b.high.next || a.high.count != b.high.count || !slices.Equal(a.high.text, b.high.text) {
			t.Errorf("reading %d: %+v, not %+v", r, a, b)
		}
	}
	if short.counts != long.counts || short.both != long.both || short.values.count() != long.values.count() || short.rows != long.rows || short.hash != long.hash {
		t.Errorf("%+v, not %+v", short, long)
	}
	for _, cell := range []string{"-", "9007199254740992", "12345678901234567", "1e3", "+1"} {
		if short.addDecimals([][]byte{[]byte(cell)}, b.hashes, b) != 0 {
			t.Errorf("%q goes the short way", cell)
		}
	}
}

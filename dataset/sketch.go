package dataset

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// hashBytes is a 64-bit hash of a cell: multiply and fold, as in wyhash. It is
// the same in every process, so that estimates are too.
func hashBytes(b []byte) uint64 {
	h := uint64(len(b)) ^ 0x9E3779B97F4A7C15
	for len(b) >= 8 {
		h = mix(h, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var tail [8]byte
	copy(tail[:], b)
	return mix(h, binary.LittleEndian.Uint64(tail[:]))
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0xA0761D6478BD642F, b^0xE7037ED1A0B428DB)
	return hi ^ lo
}

// exactDistinct is how many distinct values a sketch counts exactly.
const exactDistinct = 4096

// sketch counts distinct hashes: exactly up to a bound, then by HyperLogLog
// with 2048 registers (Flajolet et al. 2007), whose standard error is 2.3 %.
type sketch struct {
	exact     hashSet
	registers *[2048]uint8
	last      uint64
}

func (s *sketch) add(h uint64) {
	if h == s.last {
		return
	}
	s.last = h
	if s.registers != nil {
		s.register(h)
		return
	}
	if s.exact.add(h); s.exact.n > exactDistinct {
		s.registers = new([2048]uint8)
		for h := range s.exact.all {
			s.register(h)
		}
		s.exact = hashSet{}
	}
}

// addAll adds hashes, some of which may be the same.
func (s *sketch) addAll(hashes []uint64) {
	for i, h := range hashes {
		if s.registers != nil {
			for _, h := range hashes[i:] {
				s.register(h)
			}
			return
		}
		s.add(h)
	}
}

func (s *sketch) register(h uint64) {
	rank := uint8(bits.LeadingZeros64(h<<11|1<<10)) + 1
	if r := &s.registers[h>>53]; rank > *r {
		*r = rank
	}
}

func (s *sketch) count() int {
	if s.registers == nil {
		return s.exact.n
	}
	m := float64(len(s.registers))
	sum := 0.0
	for _, r := range s.registers {
		sum += math.Ldexp(1, -int(r))
	}
	return int(math.Round(0.7213 / (1 + 1.079/m) * m * m / sum))
}

// hashSet is a set of hashes, which are spread evenly as they are: each lies in
// the first free slot from its lowest bits on.
type hashSet struct {
	slots []uint64 // a power of two, at most half of them taken; 0 is free
	n     int
	zero  bool // the hash 0 is in the set
}

func (s *hashSet) add(h uint64) {
	if h == 0 {
		if !s.zero {
			s.zero = true
			s.n++
		}
		return
	}
	if 2*s.n >= len(s.slots) {
		s.grow()
	}
	if slot := s.slot(h); *slot == 0 {
		*slot = h
		s.n++
	}
}

// slot is where h lies, or would.
func (s *hashSet) slot(h uint64) *uint64 {
	mask := uint64(len(s.slots) - 1)
	i := h & mask
	for s.slots[i] != 0 && s.slots[i] != h {
		i = (i + 1) & mask
	}
	return &s.slots[i]
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(16, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			*s.slot(h) = h
		}
	}
}

// all yields every hash.
func (s *hashSet) all(yield func(uint64) bool) {
	if s.zero && !yield(0) {
		return
	}
	for _, h := range s.slots {
		if h != 0 && !yield(h) {
			return
		}
	}
}

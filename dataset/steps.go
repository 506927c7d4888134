package dataset

import "maps"

// steps count the distances between neighbours within a series.
type steps struct {
	n      int
	micros map[int64]int
	months map[int32]int

	run        int // steps like the last one that are not in the maps yet
	lastMicros int64
	lastMonths int32
}

// maxSteps is how many different distances are told apart.
const maxSteps = 4096

func (s *steps) add(micros int64, months int32) {
	s.n++
	if micros != s.lastMicros || months != s.lastMonths {
		s.flush()
		s.lastMicros, s.lastMonths = micros, months
	}
	s.run++
}

// like reports whether a step is like the last one, forward.
func (s *steps) like(micros int64, months int32) bool {
	return micros > 0 && micros == s.lastMicros && months == s.lastMonths
}

// again counts steps like the last one.
func (s *steps) again(n int) {
	s.n += n
	s.run += n
}

// flush brings the maps up to date.
func (s *steps) flush() {
	if s.run == 0 {
		return
	}
	if s.micros == nil {
		s.micros, s.months = map[int64]int{}, map[int32]int{}
	}
	if _, known := s.micros[s.lastMicros]; known || len(s.micros) < maxSteps {
		s.micros[s.lastMicros] += s.run
	}
	if _, known := s.months[s.lastMonths]; known || len(s.months) < maxSteps {
		s.months[s.lastMonths] += s.run
	}
	s.run = 0
}

func (s *steps) clone() steps {
	s.flush()
	c := *s
	c.micros, c.months = maps.Clone(s.micros), maps.Clone(s.months)
	return c
}

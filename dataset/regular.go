package dataset

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// regular lays points on the grid of s and returns how many rows were merged
// into others.
func (rd *reader) regular(s *series.Series, points []point, t *target) (int, error) {
	if !slices.IsSortedFunc(points, byTime) {
		slices.SortStableFunc(points, byTime)
	}
	if rd.zone != nil {
		if rd.clock != nil && rd.clock.zoned {
			for i := range points {
				points[i].at -= int64(rd.clock.offset) * microsPerSecond
			}
		} else {
			toUTC(points, rd.zone)
		}
		slices.SortStableFunc(points, byTime)
	}
	before := len(points)
	points, err := rd.mergeDuplicates(points, t)
	if err != nil {
		return 0, err
	}
	origin := gridOrigin(points, s.Freq)
	s.Start = s.Freq.Floor(fromMicros(points[0].at), origin)
	last := s.Freq.Floor(fromMicros(points[len(points)-1].at), origin)
	length := s.Freq.Steps(s.Start, last) + 1
	if length > maxGridSteps {
		return 0, tooManySteps(s.Key, s.Freq)
	}
	s.Y = make([]float64, length)
	for i := range s.Y {
		s.Y[i] = math.NaN()
	}
	steps := 0
	for from := 0; from < len(points); steps++ {
		step := s.Freq.Steps(s.Start, s.Freq.Floor(fromMicros(points[from].at), origin))
		to := from + 1
		for to < len(points) && s.Freq.Steps(s.Start, s.Freq.Floor(fromMicros(points[to].at), origin)) == step {
			to++
		}
		s.Y[step] = merge(points[from:to], rule(rd.sel.Aggregate, rd.sel.Duplicates, t))
		from = to
	}
	return before - steps, nil
}

func byTime(a, b point) int { return cmp.Compare(a.at, b.at) }

// gridOrigin is the first time when all others lie on the grid it begins, else
// the place the calendar gives that grid.
func gridOrigin(points []point, f series.Frequency) time.Time {
	first := fromMicros(points[0].at)
	for _, p := range points {
		if t := fromMicros(p.at); !f.Floor(t, first).Equal(t) {
			return f.Label(first)
		}
	}
	return first
}

// toUTC moves wall-clock times of a zone to UTC. An hour that a clock change
// repeats is read as the first one; a time that stands there twice is moved to
// the second.
func toUTC(points []point, zone *time.Location) {
	last := int64(math.MinInt64)
	for i := range points {
		w := fromMicros(points[i].at)
		t := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), zone)
		if earlier := t.Add(-time.Hour); earlier.Hour() == t.Hour() {
			t = earlier
		}
		at := t.UnixMicro()
		if later := t.Add(time.Hour); at == last && later.Hour() == t.Hour() {
			at = later.UnixMicro()
		}
		points[i].at, last = at, t.UnixMicro()
	}
}

// mergeDuplicates makes one point of those that share a time. Equal values
// count once; different ones follow the rule.
func (rd *reader) mergeDuplicates(points []point, t *target) ([]point, error) {
	kept := points[:0]
	for from := 0; from < len(points); {
		to := from + 1
		for to < len(points) && points[to].at == points[from].at {
			to++
		}
		same := slices.CompactFunc(slices.Clone(points[from:to]), func(a, b point) bool { return a.value == b.value })
		if to-from == 1 || len(same) == 1 {
			kept = append(kept, points[from])
			from = to
			continue
		}
		if rd.sel.Duplicates == "error" {
			return nil, &Error{Code: "duplicate_timestamps", Line: int(points[from+1].line), Column: t.name,
				Detail: fmt.Sprintf("the time %s stands twice in one series, with different values", rd.layout.Format(fromMicros(points[from].at))),
				Hint:   "choose id_columns that tell the rows apart, or a rule for duplicates"}
		}
		merged := points[from]
		merged.value = merge(points[from:to], rule(rd.sel.Duplicates, "", t))
		kept = append(kept, merged)
		from = to
	}
	return kept, nil
}

// rule picks how values merge: as asked, or sums of counts and means of
// everything else.
func rule(asked, otherwise string, t *target) string {
	for _, r := range []string{asked, otherwise} {
		if r != "" && r != "auto" && r != "error" {
			return r
		}
	}
	if t.counts {
		return "sum"
	}
	return "mean"
}

// merge makes one value of many.
func merge(points []point, rule string) float64 {
	if len(points) == 1 {
		return points[0].value
	}
	sum, low, high := 0.0, points[0].value, points[0].value
	for _, p := range points {
		sum += p.value
		low, high = min(low, p.value), max(high, p.value)
	}
	switch rule {
	case "sum":
		return sum
	case "first":
		return points[0].value
	case "last":
		return points[len(points)-1].value
	case "min":
		return low
	case "max":
		return high
	}
	return sum / float64(len(points))
}

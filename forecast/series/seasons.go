package series

import "math"

// Seasons returns the lengths of all cycles that data of this frequency
// usually repeat in, ascending, [Frequency.SeasonLength] first: the day, the
// week and the year for data within a day, the week and the year for days. A
// year of 365.25 days is rounded to whole steps. Nil means no season.
func (f Frequency) Seasons() []int {
	first := f.SeasonLength()
	if first == 1 {
		return nil
	}
	seasons := []int{first}
	switch f.Unit {
	case Second:
		return append(seasons, 7*first, int(math.Round(365.25*float64(first))))
	case Day:
		return append(seasons, 365)
	case Weekday:
		return append(seasons, 261)
	}
	return seasons
}

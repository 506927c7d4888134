package dataset

// sunday counts the first hours of the Sundays on which clocks change: the
// last of March and October in Europe, the second of March and the first of
// November in North America.
func (p *places) sunday(at instant, day int64) {
	hour := (at.micros - day*microsPerDay) / (3600 * microsPerSecond)
	if hour > 4 {
		return
	}
	if p.sundays == nil {
		p.sundays = map[int64]*[5]int{}
	}
	hours := p.sundays[day]
	if hours == nil && len(p.sundays) < maxSteps {
		hours = new([5]int)
		p.sundays[day] = hours
	}
	if hours != nil {
		hours[hour]++
	}
}

// change is one kind of day on which clocks change.
type change int

const (
	noChange change = iota
	europeForward
	europeBack
	americaForward
	americaBack
)

// changeOf tells what clocks do on the Sunday of an instant.
func changeOf(at instant) change {
	switch month := at.month % 12; {
	case month == 2 && at.day >= 25:
		return europeForward
	case month == 9 && at.day >= 25:
		return europeBack
	case month == 2 && at.day >= 8 && at.day <= 14:
		return americaForward
	case month == 10 && at.day <= 7:
		return americaBack
	}
	return noChange
}

// changes says in which zone, for instance, naive times were written that skip
// an hour in spring or repeat one in autumn; "" when they do not.
func (p *places) changes() string {
	for _, zone := range []struct {
		name          string
		forward, back change
		hour          int // that is skipped
		again         int // that is repeated
	}{
		{"Europe/Berlin", europeForward, europeBack, 2, 2},
		{"Europe/London", europeForward, europeBack, 1, 1},
		{"America/New_York", americaForward, americaBack, 2, 1},
	} {
		shown, not := 0, 0
		for day, hours := range p.sundays {
			m := momentOf(fromMicros(day * microsPerDay))
			switch changeOf(instant{month: int32(m.month) - 1, day: m.day}) {
			case zone.forward:
				if hours[zone.hour] == 0 && hours[zone.hour-1] > 0 && hours[zone.hour+1] > 0 {
					shown++
				} else if hours[zone.hour] > 0 {
					not++
				}
			case zone.back:
				if n := hours[zone.again]; hours[zone.again-1] > 0 && 5*n >= 9*hours[zone.again-1] && 5*n >= 9*hours[zone.again+1] {
					shown++
				} else if n > 0 {
					not++
				}
			}
		}
		if shown > 0 && not == 0 {
			return zone.name
		}
	}
	return ""
}

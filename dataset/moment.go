package dataset

import "time"

// moment is a time as a layout reads it: the fields of a clock on a wall, and
// the distance of that clock from UTC where the cell says so.
type moment struct {
	year                 int32
	month, day           int8
	hour, minute, second int8
	nanos                int32
	offset               int32 // seconds east of UTC; valid when zoned
	zoned                bool
	quarter, week, pm    int8 // parts on the way; pm: 1 AM, 2 PM
	ordinal              int16
}

const (
	microsPerDay    = 86_400_000_000
	microsPerSecond = 1_000_000
)

// micros returns microseconds since 1970-01-01T00:00:00 on the same wall clock.
func (m *moment) micros() int64 {
	day := civilDays(int(m.year), int(m.month), int(m.day))
	second := int64(m.hour)*3600 + int64(m.minute)*60 + int64(m.second)
	return day*microsPerDay + second*microsPerSecond + int64(m.nanos)/1000
}

// time returns the moment as a naive time, which Go writes as UTC.
func (m *moment) time() time.Time {
	return time.Date(int(m.year), time.Month(m.month), int(m.day), int(m.hour), int(m.minute), int(m.second), int(m.nanos), time.UTC)
}

// fromMicros is the inverse of micros.
func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// momentOf returns the fields of t.
func momentOf(t time.Time) moment {
	return moment{year: int32(t.Year()), month: int8(t.Month()), day: int8(t.Day()), hour: int8(t.Hour()),
		minute: int8(t.Minute()), second: int8(t.Second()), nanos: int32(t.Nanosecond())}
}

// civilDays counts days since 1970-01-01 in the proleptic Gregorian calendar,
// by Howard Hinnant's days_from_civil (chrono-compatible low-level date
// algorithms, 2013).
func civilDays(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	shifted := m - 3
	if m <= 2 {
		shifted = m + 9
	}
	doy := (153*shifted+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// settle turns the parts read into a valid date and time of day, and reports
// whether they are one. Labels of a period stand for its first day.
func (m *moment) settle() bool {
	if m.quarter > 0 {
		m.month = 3*m.quarter - 2
	}
	if m.month == 0 {
		m.month = 1
	}
	if m.pm > 0 {
		if m.hour < 1 || m.hour > 12 {
			return false
		}
		m.hour = m.hour%12 + 12*(m.pm-1)
	}
	if m.week > 0 {
		return m.settleWeek()
	}
	if m.ordinal > 0 {
		t := time.Date(int(m.year), 1, int(m.ordinal), 0, 0, 0, 0, time.UTC)
		m.month, m.day = int8(t.Month()), int8(t.Day())
		return t.Year() == int(m.year)
	}
	if m.day == 0 {
		m.day = 1
	}
	if m.month < 1 || m.month > 12 || m.day < 1 || int(m.day) > daysIn(int(m.year), int(m.month)) || m.minute > 59 || m.second > 59 {
		return false
	}
	if m.hour == 24 && m.minute == 0 && m.second == 0 && m.nanos == 0 {
		t := time.Date(int(m.year), time.Month(m.month), int(m.day)+1, 0, 0, 0, 0, time.UTC)
		m.year, m.month, m.day, m.hour = int32(t.Year()), int8(t.Month()), int8(t.Day()), 0
	}
	return m.hour <= 23
}

// settleWeek moves to the Monday (or the named day) of an ISO 8601 week: week
// 1 holds January 4.
func (m *moment) settleWeek() bool {
	if m.week > 53 {
		return false
	}
	fourth := time.Date(int(m.year), 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(int(m.week)-1))
	if _, week := monday.ISOWeek(); week != int(m.week) {
		return false
	}
	weekday := max(int(m.day), 1)
	if weekday > 7 {
		return false
	}
	t := monday.AddDate(0, 0, weekday-1)
	m.year, m.month, m.day = int32(t.Year()), int8(t.Month()), int8(t.Day())
	return true
}

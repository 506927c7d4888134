package dataset

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

func secondsToDuration(s int32) time.Duration { return time.Duration(s) * time.Second }

// perSecond is how many units of an epoch make a second.
func (s scaling) perSecond() int64 {
	return [...]int64{1, 1, 1_000, 1_000_000, 1_000_000_000, 1, 1, 1}[s]
}

// read takes a number that counts from a fixed origin and stores the time.
func (s scaling) read(cell []byte, m *moment) bool {
	var t time.Time
	switch s {
	case excelSerial:
		days, err := strconv.ParseFloat(string(cell), 64)
		if err != nil || days < 1 || days > 200_000 {
			return false
		}
		// Day 1 is 1900-01-01, and 1900-02-29 exists: from 61 on the origin is 1899-12-30.
		seconds := math.Round(days * 86_400)
		t = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
	case decimalYear, decimalMonth:
		value, err := strconv.ParseFloat(string(bytes.Replace(cell, []byte{','}, []byte{'.'}, 1)), 64)
		if err != nil || value < 1500 || value >= 2201 {
			return false
		}
		if t = timeOfYear(value); s == decimalMonth {
			year := math.Floor(value)
			t = time.Date(int(year), time.Month(1+math.Floor((value-year)*12+0.1)), 1, 0, 0, 0, 0, time.UTC)
		}
	default:
		if whole, zeros, cut := bytes.Cut(cell, []byte{'.'}); cut && len(bytes.Trim(zeros, "0")) == 0 {
			cell = whole
		}
		n, err := strconv.ParseInt(string(cell), 10, 64)
		if err != nil {
			return false
		}
		per := s.perSecond()
		t = time.Unix(n/per, n%per*(1_000_000_000/per)).UTC()
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return false
	}
	*m = momentOf(t)
	return true
}

// timeOfYear is the day a decimal year falls into.
func timeOfYear(value float64) time.Time {
	year := int(math.Floor(value))
	start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	days := float64(start.AddDate(1, 0, 0).Sub(start) / (24 * time.Hour))
	return start.AddDate(0, 0, int(math.Floor((value-float64(year))*days+1e-6)))
}

// twelfth reports whether a decimal year names the beginning of a month, in two
// digits or more.
func twelfth(value float64) bool {
	months := (value - math.Floor(value)) * 12
	return math.Abs(months-math.Round(months)) <= 0.07
}

// text writes t the way the scale counts.
func (s scaling) text(t time.Time) string {
	switch s {
	case excelSerial:
		days := t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Seconds() / 86_400
		return strconv.FormatFloat(math.Round(days*1e6)/1e6, 'f', -1, 64)
	case decimalMonth:
		return strconv.FormatFloat(float64(t.Year())+float64(t.Month()-1)/12, 'f', 3, 64)
	case decimalYear:
		start := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		share := t.Sub(start).Hours() / start.AddDate(1, 0, 0).Sub(start).Hours()
		return strconv.FormatFloat(float64(t.Year())+share, 'f', 4, 64)
	}
	per := s.perSecond()
	return strconv.FormatInt(t.Unix()*per+int64(t.Nanosecond())/(1_000_000_000/per), 10)
}

package dataset

import (
	"strconv"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// TimeLayout writes times in the layout of the file's time column. A composed
// time is written as an ISO date, a file without time counts rows. The zero
// value writes ISO times.
type TimeLayout struct {
	layout *layout
	scale  scaling
	offset int            // seconds east of UTC of the clock that wrote the file
	zone   *time.Location // of the file's naive times, when the series are in UTC
	days   *time.Location // whose days the file's times begin, which are instants
	late   time.Duration  // what all times on a grid of days stand behind midnight
	index  bool
}

// ParseTimeLayout returns the layout for a format of a time candidate and a
// grid: the grid decides whether a composed time needs a time of day.
func ParseTimeLayout(format string, f series.Frequency) TimeLayout {
	ps, ok := parsePieces(format, []int{0})
	ok = ok && format != matrixFormat
	switch {
	case ok && ps[0].scale != noScale:
		return TimeLayout{scale: ps[0].scale}
	case ok && ps[0].layout != nil:
		return TimeLayout{layout: ps[0].layout}
	case f.Unit == series.Second:
		return TimeLayout{layout: mustLayout("%Y-%m-%d %H:%M:%S")}
	}
	return TimeLayout{layout: mustLayout("%Y-%m-%d")}
}

// Format writes t.
func (l TimeLayout) Format(t time.Time) string {
	offset := l.offset
	t = t.Add(l.late)
	if l.days != nil {
		t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, l.days).UTC().Add(time.Duration(offset) * time.Second)
	}
	if l.zone != nil {
		t = t.In(l.zone)
		_, offset = t.Zone()
	}
	switch {
	case l.index:
		return strconv.FormatInt(t.Unix(), 10)
	case l.scale != noScale:
		return l.scale.text(t)
	case l.layout == nil:
		return ISO(t)
	}
	return string(l.layout.appendTime(nil, t, offset))
}

package dataset

import (
	"bytes"
	"strconv"
	"strings"
)

// piece is the part of a time that one column gives.
type piece struct {
	column int
	layout *layout
	seen   spelling
	number part    // year4, quarter1, month2, week2, day2, hour24: a whole number
	scale  scaling // a number on a scale of its own
}

// scaling is a number that counts time from a fixed origin.
type scaling int

const (
	noScale scaling = iota
	epochSeconds
	epochMillis
	epochMicros
	epochNanos
	excelSerial
	decimalYear
	decimalMonth // a decimal year whose fractions are twelfths
)

var scaleNames = [...]string{"", "epoch seconds", "epoch milliseconds", "epoch microseconds", "epoch nanoseconds", "excel serial", "decimal year", "decimal year in months"}

var numberNames = map[part]string{quarter1: "quarter number", month2: "month number", week2: "week number", day2: "day number", dayOfYear: "day of year number", hour24: "hour number", year4: "year number"}

// format names the piece in strftime words as it is written.
func (p *piece) format() string {
	switch {
	case p.scale != noScale:
		return scaleNames[p.scale]
	case p.layout != nil:
		return p.layout.spelled(p.seen).format
	}
	return numberNames[p.number]
}

// read takes the piece from its cell.
func (p *piece) read(cell []byte, m *moment) bool {
	switch {
	case p.layout != nil:
		return p.layout.scan(cell, m, &p.seen)
	case p.scale != noScale:
		return p.scale.read(cell, m)
	}
	v, err := strconv.Atoi(string(bytes.TrimSuffix(bytes.TrimSuffix(cell, []byte(".00")), []byte(".0"))))
	if err != nil || v < 0 || v > 366 || v > 99 && p.number != dayOfYear {
		return false
	}
	if p.number == month2 && v == 13 {
		m.month = 13
		return true
	}
	return m.put(p.number, v)
}

// pieces read a time from one or several columns.
type pieces []piece

const piecesJoint = " + "

func (ps pieces) format() string {
	var words []string
	for i := range ps {
		words = append(words, ps[i].format())
	}
	return strings.Join(words, piecesJoint)
}

// parsePieces is the inverse of format.
func parsePieces(format string, columns []int) (pieces, bool) {
	words := strings.Split(format, piecesJoint)
	if len(words) != len(columns) {
		return nil, false
	}
	var ps pieces
	for i, word := range words {
		p := piece{column: columns[i]}
		for scale, name := range scaleNames {
			if word == name && scale > 0 {
				p.scale = scaling(scale)
			}
		}
		for number, name := range numberNames {
			if word == name {
				p.number = number
			}
		}
		if p.scale == noScale && p.number == literal {
			l, err := compileLayout(word)
			if err != nil {
				return nil, false
			}
			p.layout = l
		}
		ps = append(ps, p)
	}
	return ps, true
}

// outcome of reading a time.
type outcome int

const (
	unreadable outcome = iota
	absent             // the cells are empty
	total              // the thirteenth month: the sum or mean of a year
	readable
)

// read takes the time of one record.
func (ps pieces) read(fields [][]byte) (m moment, o outcome) {
	for i := range ps {
		cell := trim(fields[ps[i].column])
		if !ps[i].read(cell, &m) {
			if missing(cell) {
				return m, absent
			}
			return m, unreadable
		}
	}
	if ps[0].scale != noScale {
		return m, readable
	}
	if m.month == 13 {
		return m, total
	}
	if !m.settle() || ps.outOfRange(&m) {
		return m, unreadable
	}
	return m, readable
}

// outOfRange refuses years that whole numbers hardly mean.
func (ps pieces) outOfRange(m *moment) bool {
	return ps[0].layout != nil && ps[0].layout.bare() && (m.year < 1500 || m.year > 2200)
}

// instant is a moment on the time line of its column: a wall clock, or UTC
// shifted by the offset of the first row.
type instant struct {
	micros int64
	month  int32 // months since year 0
	day    int8
	last   bool   // the last day of its month
	row    uint16 // hash of all cells of the row; 0: not known yet
}

// clock is one way to read times from the file, with the votes of all rows.
type clock struct {
	pieces
	ok, bad, blank int
	orphans        int // rows without a time that hold numbers
	edge           int // the same at the beginning, with a time that cannot be read
	badRun         int // and since the last readable one
	badLine        int // of the first unreadable time
	badSample      string
	offset         int32 // of the first row that has one
	zoned, mixed   bool
	wall           bool // dates: offsets that differ do not move them
	totals         int  // rows of a thirteenth month
	partly         bool // other labels of the column are of other periods
	places         places
	panel          *panel
	date           civilDate // of the last row: rows of one day follow each other
	dateText       []byte    // as it was written
	fixed          *fixedWidth
	times          [batchRows]instant // of a batch, where known
	known          uint64             // which rows, a bit for each
}

// civilDate is a day of the calendar and what is known of it.
type civilDate struct {
	year       int32
	month, day int8
	last       bool  // the last day of its month
	micros     int64 // at its midnight
}

func (d *civilDate) set(m *moment) {
	*d = civilDate{m.year, m.month, m.day, int(m.day) == daysIn(int(m.year), int(m.month)), civilDays(int(m.year), int(m.month), int(m.day)) * microsPerDay}
}

// add takes the times of rows.
func (c *clock) add(rows []record, of prints) {
	if c.known == 1<<len(rows)-1 {
		c.ok += len(rows)
		c.badRun = 0
		c.places.addAll(c.times[:len(rows)])
		c.panel.add(c.times[:len(rows)], 0, of)
		return
	}
	from := 0 // the first row that the panel does not know yet
	for i := range rows {
		if c.known>>i&1 != 0 {
			c.count(c.times[i])
			continue
		}
		at, o := c.read(&rows[i])
		if c.times[i] = at; o == readable {
			continue
		}
		if from < i {
			c.panel.add(c.times[from:i], from, of)
		}
		from = i + 1
	}
	if from < len(rows) {
		c.panel.add(c.times[from:len(rows)], from, of)
	}
}

// read returns the instant of a record and counts the vote.
func (c *clock) read(r *record) (instant, outcome) {
	if c.fixed != nil {
		var at instant
		if c.quick(r.fields[c.pieces[0].column], &at) {
			c.count(at)
			return at, readable
		}
	}
	m, o := c.pieces.read(r.fields)
	switch o {
	case absent:
		c.blank++
		if orphan(r.fields) {
			c.orphans++
		}
		return instant{}, o
	case total:
		c.totals++
		return instant{}, o
	case unreadable:
		if c.partly {
			c.blank++
			return instant{}, absent
		}
		if c.bad == 0 {
			c.badLine, c.badSample = r.line, string(r.fields[c.pieces[0].column])
		}
		c.bad++
		if first := r.fields[c.pieces[0].column]; len(first) > 0 && first[0]-'0' <= 9 && orphan(r.fields) {
			c.badRun++
			if c.ok == 0 {
				c.edge++
			}
		}
		return instant{}, o
	}
	at := c.instant(&m)
	c.count(at)
	return at, o
}

func (c *clock) count(at instant) {
	c.ok++
	c.badRun = 0
	c.places.add(at)
}

// instant puts a moment on the column's time line.
func (c *clock) instant(m *moment) instant {
	if m.zoned {
		if !c.zoned {
			c.zoned, c.offset = true, m.offset
		}
		if m.offset != c.offset {
			c.mixed = true
		}
		if m.offset != c.offset && !c.wall {
			t := m.time().Add(-secondsToDuration(m.offset - c.offset))
			*m = momentOf(t)
		}
	}
	d := &c.date
	if d.day != m.day || d.month != m.month || d.year != m.year {
		d.set(m)
		c.dateText = c.dateText[:0]
	}
	second := int64(m.hour)*3600 + int64(m.minute)*60 + int64(m.second)
	return instant{micros: d.micros + second*microsPerSecond + int64(m.nanos)/1000, month: m.year*12 + int32(m.month) - 1, day: m.day, last: d.last}
}

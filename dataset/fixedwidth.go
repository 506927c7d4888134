package dataset

import "encoding/binary"

// fixedWidth is a layout whose parts all have the width of their usual
// spelling: most cells of a column are read by looking at known places.
type fixedWidth struct {
	width      int // 0: the layout has parts of no fixed width
	slots      []slot
	marks      []mark
	date       [2]int // where the parts of the date stand: from, to
	clock      []slot // slots and marks outside of these places
	clockMarks []mark
	hms        int // where HH:MM:SS stands, when nothing but it and one mark follow the date; else 0
}

// slot is a number of two or four digits.
type slot struct {
	part part
	at   int
	four bool
}

// mark is one byte of a literal.
type mark struct {
	at int
	c  byte
}

func fixedWidthOf(tokens []token) (f fixedWidth) {
	at := 0
	for _, t := range tokens {
		switch t.part {
		case literal:
			for i := range len(t.text) {
				f.marks = append(f.marks, mark{at + i, t.text[i]})
			}
			at += len(t.text)
		case year4:
			f.slots = append(f.slots, slot{year4, at, true})
			at += 4
		case year2, month2, day2, hour24, minute2, second2:
			f.slots = append(f.slots, slot{t.part, at, false})
			at += 2
		default:
			return fixedWidth{}
		}
	}
	f.width = at
	f.split()
	return f
}

// split tells the places of the date from those of the time of day.
func (f *fixedWidth) split() {
	f.date = [2]int{f.width, 0}
	for _, k := range f.slots {
		switch k.part {
		case year4, year2, month2, day2:
			f.date[0] = min(f.date[0], k.at)
			f.date[1] = max(f.date[1], k.at+2)
			if k.four {
				f.date[1] = max(f.date[1], k.at+4)
			}
		default:
			f.clock = append(f.clock, k)
		}
	}
	for _, k := range f.marks {
		if k.at < f.date[0] || k.at >= f.date[1] {
			f.clockMarks = append(f.clockMarks, k)
		}
	}
	at := f.date[1] + 1
	if c := f.clock; f.date[0] == 0 && f.width == at+8 && len(c) == 3 && len(f.clockMarks) == 3 &&
		c[0] == (slot{hour24, at, false}) && c[1] == (slot{minute2, at + 3, false}) && c[2] == (slot{second2, at + 6, false}) &&
		f.clockMarks[1] == (mark{at + 2, ':'}) && f.clockMarks[2] == (mark{at + 5, ':'}) {
		f.hms = at
	}
}

// scan reads a cell of exactly this width into m, and reports whether it could.
func (f *fixedWidth) scan(b []byte, m *moment) bool {
	if len(b) != f.width || len(b) == 0 {
		return false
	}
	for _, k := range f.marks {
		if b[k.at] != k.c {
			return false
		}
	}
	for i := range f.slots {
		v, ok := f.slots[i].read(b)
		if !ok || !m.put(f.slots[i].part, v) {
			return false
		}
	}
	return true
}

func (k *slot) read(b []byte) (v int, ok bool) {
	high, low := b[k.at]-'0', b[k.at+1]-'0'
	if high > 9 || low > 9 {
		return 0, false
	}
	v = int(high)*10 + int(low)
	if k.four {
		high, low = b[k.at+2]-'0', b[k.at+3]-'0'
		if high > 9 || low > 9 {
			return 0, false
		}
		v = v*100 + int(high)*10 + int(low)
	}
	return v, true
}

// seconds reads the time of day, in seconds, and checks what stands around it.
func (f *fixedWidth) seconds(b []byte) (int64, bool) {
	if f.hms > 0 && len(b) >= f.hms+8 {
		second, ok := hourMinuteSecond(binary.LittleEndian.Uint64(b[f.hms:]))
		return second, ok && b[f.hms-1] == f.clockMarks[0].c
	}
	for _, k := range f.clockMarks {
		if b[k.at] != k.c {
			return 0, false
		}
	}
	total := 0
	for i := range f.clock {
		k := &f.clock[i]
		high, low := b[k.at]-'0', b[k.at+1]-'0'
		v := int(high)*10 + int(low)
		if high > 9 || low > 9 || v > 59 {
			return 0, false
		}
		switch k.part {
		case hour24:
			if v > 23 {
				return 0, false
			}
			total += 3600 * v
		case minute2:
			total += 60 * v
		default:
			total += v
		}
	}
	return int64(total), true
}

// hourMinuteSecond reads the eight bytes HH:MM:SS.
func hourMinuteSecond(word uint64) (int64, bool) {
	const pattern, marks = 0x30303A30303A3030, 0x0000FF0000FF0000 // "00:00:00"
	v := word ^ pattern
	if (v|(v+0x0606060606060606))&0xF0F0F0F0F0F0F0F0|v&marks != 0 {
		return 0, false
	}
	v = v*10 + v>>8 // each lower byte of two digits holds both
	hour, minute, second := v&0xFF, v>>24&0xFF, v>>48&0xFF
	return int64(hour*3600 + minute*60 + second), hour < 24 && minute < 60 && second < 60
}

// quick reads the time of a single cell of fixed width. Rows of one day often
// follow each other: then the date is known from the row before.
func (c *clock) quick(cell []byte, at *instant) bool {
	f := c.fixed
	if f == nil || len(cell) != f.width {
		return false
	}
	d := &c.date
	if date := cell[f.date[0]:f.date[1]]; string(date) != string(c.dateText) {
		var m moment
		if !f.scan(cell, &m) || !m.settle() {
			return false
		}
		d.set(&m)
		c.dateText = append(c.dateText[:0], date...)
	}
	second, ok := f.seconds(cell)
	if !ok {
		return false
	}
	at.micros, at.month, at.day, at.last, at.row = d.micros+second*microsPerSecond, d.year*12+int32(d.month)-1, d.day, d.last, 0
	return true
}

// quickly reads the times of cells from the given one on, and returns how many
// it could read.
func (c *clock) quickly(cells [][]byte, from int) int {
	i := from
	for i < len(cells) {
		i += c.sameDay(cells[i:], c.times[i:])
		if i == len(cells) || !c.quick(cells[i], &c.times[i]) {
			break
		}
		i++
	}
	c.known |= 1<<i - 1<<from
	return i - from
}

// sameDay reads the cells in front that are times of the day of the last row,
// where HH:MM:SS stands behind the date, and returns how many there were.
func (c *clock) sameDay(cells [][]byte, times []instant) (n int) {
	f, known := c.fixed, c.dateText
	width := len(known)
	if f.hms == 0 || width < 8 || width > 16 || width != f.date[1] {
		return 0
	}
	front, back, sign := binary.LittleEndian.Uint64(known), binary.LittleEndian.Uint64(known[width-8:]), f.clockMarks[0].c
	d := c.date
	month := d.year*12 + int32(d.month) - 1
	for ; n < len(cells); n++ {
		cell := cells[n]
		if len(cell) != width+9 || binary.LittleEndian.Uint64(cell) != front || binary.LittleEndian.Uint64(cell[width-8:]) != back || cell[width] != sign {
			break
		}
		second, ok := hourMinuteSecond(binary.LittleEndian.Uint64(cell[width+1:]))
		if !ok {
			break
		}
		at := &times[n]
		at.micros, at.month, at.day, at.last, at.row = d.micros+second*microsPerSecond, month, d.day, d.last, 0
	}
	return n
}

// quickLayout is the layout that quick reads, or nil.
func (ps pieces) quickLayout() *fixedWidth {
	if l := ps[0].layout; len(ps) == 1 && l != nil && l.fixed.width > 0 && !l.bare() && (l.has(year4) || l.has(year2)) && l.has(month2) {
		return &l.fixed
	}
	return nil
}

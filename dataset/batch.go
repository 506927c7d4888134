package dataset

import "math"

// batch is where the cells of some rows lie while they are counted, column by
// column. Cells that are like the ones above them go short ways here.
type batch struct {
	cells  [][]byte // of one column, trimmed
	hashes []uint64
	values [batchRows]float64 // of one column
	wholes [batchRows]float64 // the same without the dot
}

func newBatch(rows, width int) *batch {
	return &batch{cells: make([][]byte, rows), hashes: make([]uint64, rows*width)}
}

// prints is room for the hashes of some rows.
func (b *batch) prints(rows, width int) prints { return prints{b.hashes[:rows*width], rows} }

// addColumn takes the cells of one column.
func (s *scan) addColumn(c int, rows []record, hashes []uint64) {
	cells := s.batch.cells[:len(rows)]
	for i := range rows {
		cell := rows[i].fields[c]
		if !tight(cell) {
			cell = trim(cell)
			rows[i].fields[c] = cell
		}
		cells[i] = cell
	}
	v, k := &s.columns[c], s.readers[c]
	if k != nil {
		k.known = 0
	}
	for i, n := 0, 0; i < len(cells); i += n {
		n = 0
		if k != nil {
			n = k.quickly(cells, i)
			v.addTimes(cells[i:i+n], k.times[i:i+n], hashes[i:])
		} else if v.again != nil {
			n = v.addAgain(cells[i:], hashes[i:])
		}
		if n == 0 {
			n = v.addDecimals(cells[i:], hashes[i:], s.batch)
		}
		if n == 0 {
			v.add(cells[i])
			hashes[i], n = v.hash, 1
		}
	}
}

// addAgain takes the cells in front that are the text of the last one, and
// returns how many there were.
func (v *votes) addAgain(cells [][]byte, hashes []uint64) (n int) {
	for n < len(cells) && string(cells[n]) == string(v.last) {
		hashes[n] = v.hash
		n++
	}
	v.rows += n
	v.texts += n
	*v.again += n
	return n
}

// beginAll takes the hashes of cells.
func (v *votes) beginAll(hashes []uint64) {
	v.begins(hashes[0])
	for _, h := range hashes[1:] {
		if !v.constant {
			break
		}
		v.constant = h == v.first
	}
	v.rows += len(hashes) - 1
	v.hash = hashes[len(hashes)-1]
	v.values.addAll(hashes)
}

// addTimes takes cells that a clock has read.
func (v *votes) addTimes(cells [][]byte, times []instant, hashes []uint64) {
	if len(cells) == 0 {
		return
	}
	v.again = nil
	hashes = hashes[:len(times)]
	for i := range times {
		hashes[i] = mix(uint64(times[i].micros), 0x9E3779B97F4A7C15)
	}
	v.beginAll(hashes)
	for i := range times {
		if v.texts < maxOthers+2 { // the first ones as any other text
			v.addText(cells[i])
		} else {
			v.texts++
			v.many, v.again = true, nil
		}
	}
	for i := range times {
		if micros := times[i].micros; micros < v.begin.micros || v.begin.text == nil {
			v.begin.micros, v.begin.text = micros, append(v.begin.text[:0], cells[i]...)
		}
	}
	for i := range times {
		if micros := times[i].micros; micros > v.end.micros || v.end.text == nil {
			v.end.micros, v.end.text = micros, append(v.end.text[:0], cells[i]...)
		}
	}
}

// addDecimals takes the cells in front that are decimals of one kind, and
// returns how many there were.
func (v *votes) addDecimals(cells [][]byte, hashes []uint64, b *batch) (n int) {
	first, ok := readDecimal(cells[0])
	for d := first; ok && d.kind == first.kind; d, ok = readDecimal(cells[n]) {
		b.values[n], b.wholes[n] = d.value(), d.whole()
		if n++; n == len(cells) {
			break
		}
	}
	if n == 0 {
		return 0
	}
	v.again = nil
	cells, hashes = cells[:n], hashes[:n]
	if first.kind == whole {
		v.addWholes(b.values[:n], cells, hashes)
		return n
	}
	for i, value := range b.values[:n] {
		hashes[i] = mix(math.Float64bits(value), 0x9E3779B97F4A7C15)
	}
	v.beginAll(hashes)
	v.counted = b.values[n-1]
	v.tallies[dotDecimal].addAll(b.values[:n], cells, false, 0)
	if first.kind == grouped {
		v.tallies[commaDecimal].addAll(b.wholes[:n], cells, true, '.')
		v.both += n
	}
	return n
}

// addWholes takes whole numbers in plain digits.
func (v *votes) addWholes(values []float64, cells [][]byte, hashes []uint64) {
	for i, cell := range cells {
		hashes[i] = hashBytes(cell)
	}
	v.beginAll(hashes)
	for r := range v.tallies {
		v.tallies[r].addAll(values, cells, true, 0)
	}
	for _, value := range values {
		if value == v.counted+1 {
			v.counts++
		}
		v.counted = value
	}
}

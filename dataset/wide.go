package dataset

// wideTimes returns the fields of a header that are times, when they rise or
// fall throughout and share one layout: years, months, dates. The result maps
// field index to micros.
func wideTimes(header [][]byte) map[int]int64 {
	for _, l := range wideLayouts() {
		times, ok := readHeader(l, header)
		if ok && len(times) >= 3 {
			return times
		}
	}
	return nil
}

var wideFormats = []string{"%Y", "%Y-%m", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%b %Y", "%b-%y", "%b-%Y", "%YQ%q", "%Y-Q%q", "%YM%m", "%Y%m", "%m/%Y", "%m/%d/%y"}

func wideLayouts() []*layout {
	var all []*layout
	for _, f := range wideFormats {
		all = append(all, mustLayout(f))
	}
	return all
}

// readHeader reads the cells of a header that l understands.
func readHeader(l *layout, header [][]byte) (map[int]int64, bool) {
	times := map[int]int64{}
	var last, direction int64
	for i, cell := range header {
		m, ok := l.parse(trim(cell), nil)
		if !ok || l.bare() && (m.year < 1500 || m.year > 2200) {
			continue
		}
		at := m.micros()
		if len(times) > 0 {
			step := int64(1)
			if at < last {
				step = -1
			}
			if at == last || direction != 0 && step != direction {
				return nil, false
			}
			direction = step
		}
		times[i], last = at, at
	}
	return times, true
}

package dataset_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// marked writes a number with a decimal and a thousands mark.
func marked(decimal, thousands string) func(float64) string {
	return func(v float64) string {
		whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', 2, 64), ".")
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + thousands + whole[i:]
		}
		if v < 0 {
			whole = "-" + whole
		}
		return whole + decimal + fraction
	}
}

func (m *mangler) decimals() {
	large := m.daily
	small := m.daily.value
	large.value = func(s, i int) float64 { return math.Round(small(s, i)*123456) / 100 }
	below := large
	below.value = func(s, i int) float64 {
		v := large.value(s, i)
		if i%3 == 0 {
			return -v
		}
		return v
	}
	add := func(name string, w world, number func(float64) string, delim string, quoted bool) {
		s := w.sheet(spell{number: number})
		if quoted {
			s.quoted(`"`, len(s.header)-1)
		}
		m.add("decimals", name, s.text(delim, "\n"), s.truth)
	}
	for _, delim := range []string{";", "\t", "|"} {
		add("comma "+strconv.Quote(delim), m.daily, marked(",", ""), delim, false)
		add("comma, panel "+strconv.Quote(delim), m.panel, marked(",", ""), delim, false)
		add("1.234,56 "+strconv.Quote(delim), large, marked(",", "."), delim, false)
		add("1,234.56 "+strconv.Quote(delim), large, marked(".", ","), delim, false)
		add("1 234,56 "+strconv.Quote(delim), large, marked(",", " "), delim, false)
	}
	add("three places", m.daily, func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }, ",", false)
	add("quoted comma", m.daily, marked(",", ""), ",", true)
	add("quoted 1.234,56", large, marked(",", "."), ",", true)
	add("quoted 1,234.56", large, marked(".", ","), ",", true)
	add("1'234.56", large, marked(".", "'"), ";", false)
	add("1’234.56", large, marked(".", "’"), ",", false)
	add("no-break space", large, marked(",", "\u00A0"), ";", false)
	add("narrow space", large, marked(",", "\u202F"), ";", false)
	add("Indian groups", large, func(v float64) string {
		whole, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', 2, 64), ".")
		for i := len(whole) - 3; i > 0; i -= 2 {
			whole = whole[:i] + "," + whole[i:]
		}
		return whole + "." + fraction
	}, ";", false)
	wrap := func(before, after string, number func(float64) string) func(float64) string {
		return func(v float64) string { return before + number(v) + after }
	}
	for name, number := range map[string]func(float64) string{
		"$": wrap("$", "", fixed), "€ behind": wrap("", " €", fixed), "€ comma": wrap("", " €", marked(",", "")), "£": wrap("£", "", fixed), "EUR": wrap("", " EUR", fixed), "R$": wrap("R$ ", "", fixed),
		"¥": wrap("¥", "", fixed), "kr": wrap("", " kr", marked(",", "")), "percent": wrap("", "%", fixed), "percent apart": wrap("", " %", fixed), "plus": wrap("+", "", fixed),
		"exponent": func(v float64) string { return strconv.FormatFloat(v, 'e', 6, 64) }, "EXPONENT": func(v float64) string { return strings.ToUpper(strconv.FormatFloat(v, 'e', 6, 64)) },
		"blanks": wrap("  ", " ", fixed),
	} {
		add(name, m.daily, number, ";", false)
	}
	for name, number := range map[string]func(float64) string{
		"minus": marked(".", ""), "minus behind": func(v float64) string { return behind(v, "-") }, "parentheses": func(v float64) string {
			if v < 0 {
				return "(" + fixed(-v) + ")"
			}
			return fixed(v)
		},
		"U+2212": func(v float64) string { return strings.Replace(fixed(v), "-", "−", 1) }, "$ minus": func(v float64) string { return strings.Replace("$"+fixed(v), "$-", "-$", 1) },
	} {
		add(name, below, number, ";", false)
	}
}

func behind(v float64, sign string) string {
	if v < 0 {
		return fixed(-v) + sign
	}
	return fixed(v)
}

func (m *mangler) missing() {
	for _, marker := range []string{
		"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "-", "--", ".", "..", "…", "?", "*", "x", ":", "#N/A", "#VALUE!", "#DIV/0!", "missing", "n.a.", "k.A.", "closed", "-999", "-9999", "-99.9", "not available", "\\N", "(null)", "***", "<NA>", "s/d",
	} {
		s := m.daily.sheet(spell{}).blank(m.daily, marker, func(i int) bool { return i%9 == 4 })
		m.add("missing", fmt.Sprintf("%q", marker), s.text(",", "\n"), s.truth)
	}
	for _, marker := range []string{"", "NA", "-999", "."} {
		s := m.panel.sheet(spell{}).blank(m.panel, marker, func(i int) bool { return i%11 == 3 || i > 20 && i < 27 })
		m.add("missing", fmt.Sprintf("%q in a panel", marker), s.text(";", "\n"), s.truth)
	}
	low := m.daily
	low.value = func(s, i int) float64 { return math.Round(math.Sin(float64(i)/3)*500) / 100 }
	once := low.sheet(spell{}).blank(low, "-999", func(i int) bool { return i == 30 })
	m.add("missing", "-999 once among negatives", once.text(",", "\n"), once.truth)
	returns := m.daily
	returns.value = func(s, i int) float64 { return float64(i*i%5) - 1 }
	rest := returns.sheet(spell{number: whole0})
	m.add("missing", "-1 that is a value", rest.text(",", "\n"), rest.truth)
	counts := m.counts.sheet(spell{number: whole0}).blank(m.counts, "NA", func(i int) bool { return i%9 == 4 })
	m.add("missing", "NA among counts", counts.text(",", "\n"), counts.truth)
}

func whole0(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

func (m *mangler) gaps() {
	for name, gone := range map[string]func(i int) bool{
		"one": func(i int) bool { return i == 30 }, "one in ten": func(i int) bool { return i%10 == 3 }, "a block": func(i int) bool { return i > 20 && i < 45 }, "two blocks": func(i int) bool { return i/10 == 2 || i/10 == 6 },
		"one in four": func(i int) bool { return i*7%4 == 0 },
	} {
		for _, c := range []struct {
			name string
			w    world
		}{{"daily", m.daily}, {"monthly", m.monthly}, {"hourly", m.hourly}, {"weekly", m.weekly}, {"panel", m.panel}} {
			layout := "2006-01-02"
			if c.w.freq == "h" {
				layout = "2006-01-02 15:04"
			}
			s := c.w.sheet(spell{time: gotime(layout)}).drop(c.w, gone)
			s.truth.rows = len(s.rows)
			m.add("gaps", name+" "+c.name, s.text(",", "\n"), s.truth)
		}
	}
}

func (m *mangler) duplicates() {
	twice := m.daily.sheet(spell{})
	twice.rows = append(twice.rows, twice.rows[3], twice.rows[7], twice.rows[100])
	m.add("duplicates", "equal rows", twice.text(",", "\n"), twice.truth.with(func(t *truth) { t.warning = "duplicate_timestamps" }))
	panel := m.panel.sheet(spell{})
	panel.rows = append(panel.rows[:50:50], panel.rows[48:]...)
	m.add("duplicates", "equal rows of a panel", panel.text(",", "\n"), panel.truth)
	mean := m.daily.sheet(spell{})
	mean.rows = append(mean.rows[:31:31], mean.rows[30:]...)
	mean.rows[31] = []string{mean.rows[30][0], fixed(m.daily.value(0, 30) + 2)}
	mean.truth.points[""][m.daily.at(30)] = m.daily.value(0, 30) + 1
	m.add("duplicates", "two measures", mean.text(",", "\n"), mean.truth)
	sum := m.counts.sheet(spell{number: whole0})
	sum.rows = append(sum.rows[:31:31], sum.rows[30:]...)
	sum.rows[31] = []string{sum.rows[30][0], "7"}
	sum.truth.points[""][m.counts.at(30)] = m.counts.value(0, 30) + 7
	m.add("duplicates", "two counts", sum.text(",", "\n"), sum.truth)
	block := m.daily.sheet(spell{})
	block.truth.asks = "duplicate_timestamps"
	for i := range 60 {
		block.rows = append(block.rows, []string{block.rows[i][0], fixed(m.daily.value(0, i) + 5)})
	}
	m.add("duplicates", "a block with other values", block.text(",", "\n"), block.truth)
	same := m.daily.sheet(spell{})
	same.rows = append(same.rows, same.rows...)
	m.add("duplicates", "the whole file again", same.text(",", "\n"), same.truth)
}

func (m *mangler) orders() {
	for _, c := range []struct {
		name string
		w    world
	}{{"daily", m.daily}, {"monthly", m.monthly}, {"panel", m.panel}, {"hourly", m.hourly}} {
		layout := "2006-01-02"
		if c.w.freq == "h" {
			layout = "2006-01-02 15:04"
		}
		for name, key := range map[string]func(i, n int) int{
			"ascending": func(i, _ int) int { return i }, "descending": func(i, n int) int { return n - 1 - i }, "shuffled": func(i, n int) int { return int(uint64(i*48271+11) * 2654435761 % 1_000_003) },
			"by time": func(i, _ int) int { return i%c.w.n*10 + i/c.w.n }, "rotated": func(i, n int) int { return (i + n/3) % n },
		} {
			s := c.w.sheet(spell{time: gotime(layout)})
			s.order(key)
			s.truth.rows = len(s.rows)
			m.add("orders", name+" "+c.name, s.text(",", "\n"), s.truth)
		}
	}
	w := m.panel
	s := w.sheet(spell{})
	s.rows = append(s.rows[:w.n:w.n], s.rows[w.n+20:]...) // the second series begins later
	for i := range 20 {
		delete(s.truth.points[w.ids[1]], w.at(i))
	}
	m.add("orders", "series of different lengths", s.text(",", "\n"), s.truth)
}

// order sorts the rows by a key of their place.
func (s *sheet) order(key func(i, n int) int) {
	type placed struct {
		row []string
		at  int
	}
	all := make([]placed, len(s.rows))
	for i, row := range s.rows {
		all[i] = placed{row, key(i, len(s.rows))}
	}
	sortBy(all, func(p placed) int { return p.at })
	for i := range all {
		s.rows[i] = all[i].row
	}
}

func (m *mangler) zones() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	in := func(zone *time.Location, layout string) func(time.Time) string {
		return func(t time.Time) string { return t.In(zone).Format(layout) }
	}
	plus2, minus5 := time.FixedZone("", 2*3600), time.FixedZone("", -5*3600)
	for name, write := range map[string]func(time.Time) string{
		"Z": in(time.UTC, "2006-01-02T15:04:05Z"), "Z, milliseconds": in(time.UTC, "2006-01-02T15:04:05.000Z"), "+02:00": in(plus2, "2006-01-02T15:04:05-07:00"), "+0200": in(plus2, "2006-01-02 15:04:05-0700"),
		"apart": in(plus2, "2006-01-02 15:04:05 -0700"), "UTC": in(time.UTC, "2006-01-02 15:04:05 UTC"), "-05:00": in(minus5, "2006-01-02T15:04-07:00"), "+02": in(plus2, "2006-01-02 15:04:05-07"), "GMT": in(time.UTC, "2006-01-02 15:04 GMT"),
	} {
		m.single("zones", name, m.hourly, write, ",")
	}
	year := m.hourly
	year.n = 24 * 120
	year.at = func(i int) time.Time { return time.Date(2023, 2, 1, i, 0, 0, 0, time.UTC) }
	m.single("zones", "offsets of Berlin in spring", year, in(berlin, "2006-01-02T15:04:05-07:00"), ",")
	m.single("zones", "CET and CEST", year, in(berlin, "2006-01-02 15:04 MST"), ",")
	autumn := year
	autumn.at = func(i int) time.Time { return time.Date(2023, 9, 1, i, 0, 0, 0, time.UTC) }
	m.single("zones", "offsets of Berlin in autumn", autumn, in(berlin, "2006-01-02T15:04:05-07:00"), ",")
	m.single("zones", "CET and CEST in autumn", autumn, in(berlin, "2006-01-02 15:04 MST"), ",")
	dates := m.daily
	dates.n = 300
	midnight := func(layout string) func(time.Time) string {
		return func(t time.Time) string {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, berlin).Format(layout)
		}
	}
	for name, layout := range map[string]string{"midnights of Berlin": "2006-01-02T15:04:05-07:00", "midnights of Berlin, apart": "2006-01-02 15:04:05 -0700"} {
		s := dates.sheet(spell{time: midnight(layout)})
		s.truth.warning, s.truth.wall = "mixed_offsets", true
		m.add("zones", name, s.text(",", "\n"), s.truth)
	}
	wall := year.sheet(spell{time: in(berlin, "2006-01-02 15:04")})
	wall.truth.warning = "dst_shift"
	onWall := map[time.Time]float64{}
	for t, y := range wall.truth.points[""] {
		l := t.In(berlin)
		onWall[time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), 0, 0, 0, time.UTC)] = y
	}
	wall.truth.points[""] = onWall
	m.add("zones", "wall clock of Berlin in spring", wall.text(",", "\n"), wall.truth)
}

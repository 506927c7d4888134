package dataset_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

func sortBy[T any](list []T, key func(T) int) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// column puts a column in front of the table's or behind it.
func (s *sheet) column(front bool, name string, cell func(i int) string) *sheet {
	put := func(row []string, text string) []string {
		if front {
			return append([]string{text}, row...)
		}
		return append(row, text)
	}
	s.header = put(s.header, name)
	for i := range s.rows {
		s.rows[i] = put(s.rows[i], cell(i))
	}
	return s
}

func (m *mangler) headers() {
	m.each(func(world string, s *sheet) {
		bare := s.truth.with(func(t *truth) { t.time = []string{fmt.Sprintf("column%d", len(s.header)-1)} })
		m.add("headers", "none "+world, s.body(",", "\n"), bare)
		m.add("headers", "units row "+world, strings.Join(s.header, ",")+"\n"+strings.Repeat(",", len(s.header)-1)+"kWh\n"+s.body(",", "\n"), s.truth)
		m.add("headers", "blank below "+world, strings.Join(s.header, ",")+"\n\n"+s.body(",", "\n"), s.truth)
		m.add("headers", "capitals "+world, strings.ToUpper(strings.Join(s.header, ","))+"\n"+s.body(",", "\n"), s.truth.with(func(t *truth) { t.time = []string{"DATE"} }))
	})
	m.each(func(world string, s *sheet) {
		s.column(true, "", func(i int) string { return fmt.Sprint(i) })
		m.add("headers", "an index "+world, s.text(",", "\n"), s.truth)
	})
	m.each(func(world string, s *sheet) {
		s.column(false, "unit", func(int) string { return "kWh" })
		if single, ok := s.truth.points[""]; ok {
			s.truth.points = points{"kWh": single} // the one label there is names the series
		}
		m.add("headers", "a constant "+world, s.text(",", "\n"), s.truth)
	})
	m.each(func(world string, s *sheet) {
		s.column(false, "remark", func(i int) string { return map[bool]string{true: fmt.Sprintf("note %d", i)}[i%17 == 3] })
		m.add("headers", "remarks "+world, s.text(",", "\n"), s.truth)
	})
	m.each(func(world string, s *sheet) {
		s.column(false, "value", func(i int) string { return fmt.Sprint(i * i % 91) })
		m.add("headers", "a name twice "+world, s.text(",", "\n"), s.truth)
	})
	m.each(func(world string, s *sheet) {
		at := len(s.header) - 2
		s.header[at] = "Buchungstag"
		m.add("headers", "a name of its own "+world, s.text(",", "\n"), s.truth.with(func(t *truth) { t.time = []string{"Buchungstag"} }))
	})
	numeric := m.panel
	numeric.ids = []string{"1001", "1002", "1003"}
	s := numeric.sheet(spell{})
	s.header[0] = "store_id"
	m.add("headers", "ids of digits", s.text(",", "\n"), s.truth)
	years := m.panel
	years.ids = []string{"2021", "2022", "2023"}
	y := years.sheet(spell{})
	y.header[0] = "store"
	m.add("headers", "ids like years", y.text(",", "\n"), y.truth)
}

// composed writes the time in several columns.
func (m *mangler) composed() {
	split := func(name string, w world, header []string, cells func(time.Time) []string) {
		s := &sheet{header: append(slices.Clone(header), "value"), truth: truth{points: points{"": {}}, time: header, frequency: w.freq, rows: w.n}}
		for i := range w.n {
			s.rows = append(s.rows, append(cells(w.at(i)), fixed(w.value(0, i))))
			s.truth.points[""][w.at(i)] = w.value(0, i)
		}
		m.add("composed", name, s.text(",", "\n"), s.truth)
	}
	number := func(layouts ...string) func(time.Time) []string {
		return func(t time.Time) (cells []string) {
			for _, l := range layouts {
				cells = append(cells, t.Format(l))
			}
			return cells
		}
	}
	split("year, month", m.monthly, []string{"year", "month"}, number("2006", "1"))
	split("Year, Month 01", m.monthly, []string{"Year", "Month"}, number("2006", "01"))
	split("year, month name", m.monthly, []string{"year", "month"}, number("2006", "Jan"))
	split("year, long month name", m.monthly, []string{"year", "month"}, number("2006", "January"))
	split("jahr, monat", m.monthly, []string{"jahr", "monat"}, number("2006", "1"))
	split("year, month, day", m.daily, []string{"year", "month", "day"}, number("2006", "1", "2"))
	split("año, mes, día", m.daily, []string{"año", "mes", "día"}, number("2006", "01", "02"))
	split("year, month, day, hour", m.hourly, []string{"year", "month", "day", "hour"}, number("2006", "1", "2", "15"))
	split("date, time", m.hourly, []string{"date", "time"}, number("2006-01-02", "15:04"))
	split("Date, Time D.M.Y", m.hourly, []string{"Datum", "Uhrzeit"}, number("02.01.2006", "15:04:05"))
	split("date, PM", m.hourly, []string{"Date", "Time"}, number("1/2/2006", "3:04 PM"))
	split("date, hour", m.hourly, []string{"date", "hour"}, number("2006-01-02", "15"))
	split("M/D/Y, hour", m.hourly, []string{"Date", "Hour"}, number("01/02/2006", "15"))
	quarters := m.monthly
	quarters.freq, quarters.n = "QS", 40
	quarters.at = func(i int) time.Time { return time.Date(2010, time.Month(1+3*i), 1, 0, 0, 0, 0, time.UTC) }
	quarter := func(format string) func(time.Time) []string {
		return func(t time.Time) []string { return []string{t.Format("2006"), fmt.Sprintf(format, (t.Month()-1)/3+1)} }
	}
	split("year, quarter", quarters, []string{"year", "quarter"}, quarter("%d"))
	split("year, Q1", quarters, []string{"year", "quarter"}, quarter("Q%d"))
	weeks := m.weekly
	weeks.freq = "W-MON"
	weeks.at = func(i int) time.Time { return time.Date(2018, 1, 1+7*i, 0, 0, 0, 0, time.UTC) }
	split("year, week", weeks, []string{"year", "week"}, func(t time.Time) []string {
		y, w := t.ISOWeek()
		return []string{fmt.Sprint(y), fmt.Sprint(w)}
	})
}

// totals are thirteenth months, and calendars without a calendar year.
func (m *mangler) totals() {
	for name, write := range map[string]func(y, month int) []string{
		"M13": func(y, month int) []string { return []string{fmt.Sprintf("%dM%02d", y, month)} }, "year, M13": func(y, month int) []string { return []string{fmt.Sprint(y), fmt.Sprintf("M%02d", month)} },
		"year, 13": func(y, month int) []string { return []string{fmt.Sprint(y), fmt.Sprint(month)} },
	} {
		t := truth{points: points{"": {}}, frequency: "MS", warning: "year_totals"}
		t.time = []string{"year", "month"}[:len(write(2000, 1))]
		s := &sheet{header: append(slices.Clone(t.time), "value")}
		for y := 2000; y < 2010; y++ {
			for month := 1; month <= 13; month++ {
				v := m.monthly.value(0, (y-2000)*13+month)
				s.rows = append(s.rows, append(write(y, month), fixed(v)))
				if month < 13 {
					t.points[""][time.Date(y, time.Month(month), 1, 0, 0, 0, 0, time.UTC)] = v
				}
			}
		}
		m.add("totals", name, s.text(",", "\n"), t)
	}
	t := truth{points: points{"": {}}, frequency: "MS", time: []string{"year", "month"}}
	s := &sheet{header: []string{"year", "month", "value"}}
	for i := range 72 {
		v := m.monthly.value(0, i)
		s.rows = append(s.rows, []string{fmt.Sprint(1 + i/12), fmt.Sprint(1 + i%12), fixed(v)})
		t.points[""][time.Date(1, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)] = v
	}
	m.add("totals", "years from 1", s.text(",", "\n"), t)
}

// wideTables hold the times in the header.
func (m *mangler) wideTables() {
	wide := func(name, layout string, w world, n int) {
		w.n = n
		w.ids = []string{"Peru", "Chile", "Japan", "Norway"}
		t := truth{points: points{}, frequency: w.freq, rows: len(w.ids)}
		header, rows := []string{"country"}, make([][]string, len(w.ids))
		for k, id := range w.ids {
			rows[k] = []string{id}
			t.points[id] = map[time.Time]float64{}
			for i := range n {
				if k == 0 {
					header = append(header, w.at(i).Format(layout))
				}
				rows[k] = append(rows[k], fixed(w.value(k, i)))
				t.points[id][w.at(i)] = w.value(k, i)
			}
		}
		t.time = []string{"<header " + header[1] + ".." + header[n] + ">"}
		m.add("wide tables", name, (&sheet{header: header, rows: rows}).text(",", "\n"), t)
	}
	years := m.monthly
	years.freq = "YS"
	years.at = func(i int) time.Time { return time.Date(1990+i, 1, 1, 0, 0, 0, 0, time.UTC) }
	wide("years", "2006", years, 30)
	for _, layout := range []string{"2006-01", "2006M01", "Jan 2006", "Jan-06", "01/2006", "2006-01-02", "1/2/2006", "02.01.2006", "200601", "January 2006", "1/2/06"} {
		wide("months "+layout, layout, m.monthly, 30)
	}
	for _, layout := range []string{"2006-01-02", "1/2/2006", "1/2/06", "02.01.2006", "02/01/2006"} {
		wide("days "+layout, layout, m.daily, 60)
	}
	m.matrix("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "YEAR")
	m.matrix("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "Year")
	m.matrix("January February March April May June July August September October November December", "year")
	m.matrix("Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez", "Jahr")
	m.matrix("1 2 3 4 5 6 7 8 9 10 11 12", "year")
}

// matrix writes years as rows and months as columns.
func (m *mangler) matrix(months, year string) {
	names := strings.Fields(months)
	t := truth{points: points{"": {}}, frequency: "MS", rows: 20, time: []string{year, "<header " + names[0] + ".." + names[11] + ">"}}
	s := &sheet{header: append([]string{year}, names...)}
	for y := range 20 {
		row := []string{fmt.Sprint(1990 + y)}
		for i := range 12 {
			v := m.monthly.value(0, 12*y+i)
			row = append(row, fixed(v))
			t.points[""][time.Date(1990+y, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)] = v
		}
		s.rows = append(s.rows, row)
	}
	m.add("wide tables", "matrix "+names[1], s.text(",", "\n"), t)
}

// ambiguous are files that cannot be known: here the right answer is a question.
func (m *mangler) ambiguous() {
	ask := func(name, code, text string) { m.add("ambiguous", name, text, truth{asks: code}) }
	for _, format := range []string{"%02d/%02d/2024", "%d/%d/24", "%02d.%02d.2024", "%02d-%02d-2024"} {
		ask("day or month "+format, "ambiguous_date", "date;v\n"+lines(12, func(i int) string {
			return fmt.Sprintf(format+";%d.5", (i*5)%12+1, (i*7)%12+1, i)
		}))
	}
	ask("day or month with a clock", "ambiguous_date", "time;v\n"+lines(12, func(i int) string {
		return fmt.Sprintf("%02d/%02d/2024 10:%02d;%d.5", (i*5)%12+1, (i*7)%12+1, i*7%60, i)
	}))
	ask("day or month in the header", "ambiguous_date", "city,01/01/2024,01/02/2024,01/03/2024,01/04/2024,01/05/2024\nOslo,1.5,2,3,4,5\nRome,2,3.5,4,5,1\n")
	var mixed strings.Builder
	mixed.WriteString("period,value\n")
	for y := 2000; y < 2020; y++ {
		fmt.Fprintf(&mixed, "%d,%d.5\n", y, y-1900)
	}
	for q := range 80 {
		fmt.Fprintf(&mixed, "%d Q%d,%d.5\n", 2000+q/4, q%4+1, 100+q*q%7)
	}
	for i := range 240 {
		fmt.Fprintf(&mixed, "%s,%d.5\n", time.Date(2000, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC).Format("2006 Jan"), 100+i*i%11)
	}
	ask("years, quarters and months", "mixed_frequency", mixed.String())
	ask("1.234", "ambiguous_number", "date;v\n"+lines(60, func(i int) string { return fmt.Sprintf("2024-%02d-%02d;%d.%03d", 1+i/28, 1+i%28, 1+i%7, 100+i) }))
	ask("1,234", "ambiguous_number", "date;v\n"+lines(60, func(i int) string { return fmt.Sprintf("2024-%02d-%02d;%d,%03d", 1+i/28, 1+i%28, 1+i%7, 100+i) }))
	ask("several series without times", "no_time_column", "series,t,y\n"+lines(200, func(i int) string { return fmt.Sprintf("s%d,%d,%d", i/40, i%40, i*i%97) }))
	ask("a compact date of no known order", "no_time_column", "date;v\n"+lines(60, func(i int) string { return fmt.Sprintf("%02d%02d2024;%d.5", 1+i%28, 1+i/28, i%9) }))
	ask("a rising number", "time_column", "n,v\n"+lines(30, func(i int) string { return fmt.Sprintf("%d,%d", 1900+i, i*i%17) }))
	ask("irregular", "frequency_not_inferable", "time,v\n"+lines(60, func(i int) string {
		return time.Date(2024, 1, 1, 0, 0, i*i*137%99991+i*1700, 0, time.UTC).Format("2006-01-02 15:04:05") + fmt.Sprintf(",%d.5", i)
	}))
	ask("times of no known layout", "no_time_column", "date,v\n"+lines(30, func(i int) string { return fmt.Sprintf("the %dth,%d.5", i, i) }))
}

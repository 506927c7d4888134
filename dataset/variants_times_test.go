package dataset_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// single adds a table of one series whose times are written by write.
func (m *mangler) single(family, name string, w world, write func(time.Time) string, delim string) {
	s := w.sheet(spell{time: write})
	s.truth.rows = len(s.rows)
	m.add(family, name, s.text(delim, "\n"), s.truth)
}

func (m *mangler) dateLayouts() {
	for _, layout := range []string{
		"2006-01-02", "2006/01/02", "2006.01.02", "20060102", "02/01/2006", "01/02/2006", "2/1/2006", "1/2/2006", "02.01.2006", "2.1.2006", "02-01-2006", "01-02-2006",
		"02/01/06", "01/02/06", "02.01.06", "02-01-06", "06-01-02", "06/01/02", "02-Jan-2006", "2-Jan-06", "02 Jan 2006", "02/Jan/2006", "02 January 2006", "2. January 2006",
		"Jan 2 2006", "Jan 2, 2006", "January 2, 2006", "2006-Jan-02", "Mon 02 Jan 2006", "Monday, January 2, 2006", "Mon, 02 Jan 2006", "2006-002", "2006-1-2", "2006. 1. 2.", "2006年1月2日", "02Jan2006",
	} {
		m.single("date layouts", layout, m.daily, gotime(layout), ";")
	}
	for _, layout := range []string{"2006-01-02", "02/01/2006", "1/2/2006", "02.01.2006", "2-Jan-06"} {
		m.single("date layouts", "weekly "+layout, m.weekly, gotime(layout), ";")
		m.single("date layouts", "monthly "+layout, m.monthly, gotime(layout), ";")
	}
}

func (m *mangler) clockLayouts() {
	for _, layout := range []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05.000", "2006-01-02 15:04:05,000", "2006/01/02 15:04", "02/01/2006 15:04", "01/02/2006 15:04:05",
		"1/2/2006 3:04 PM", "1/2/2006 3:04:05 PM", "01/02/2006 03:04 PM", "02.01.2006 15:04", "02.01.2006 15:04:05", "02-Jan-2006 15:04", "20060102 15:04", "20060102T150405", "200601021504", "20060102150405", "2006010215",
		"Jan 2, 2006 3:04 PM", "02/01/06 15:04", "2006-01-02 15h", "15:04 02/01/2006", "2006-01-02-15:04", "2006-01-02 15.04", "Mon Jan 2 15:04:05 2006", "1/2/2006, 3:04:05 PM",
	} {
		m.single("clock layouts", layout, m.hourly, gotime(layout), ";")
	}
}

// intervals are written from one time to the next.
func (m *mangler) intervals() {
	for _, c := range []struct {
		layout, joint string
		w             world
	}{
		{"02.01.2006 15:04", " - ", m.hourly}, {"2006-01-02 15:04", " - ", m.hourly}, {"2006-01-02T15:04:05Z", "/", m.hourly}, {"2006-01-02", " to ", m.weekly}, {"02/01/2006", " – ", m.weekly}, {"2006-01-02", "/", m.monthly},
	} {
		step := c.w.at(1).Sub(c.w.at(0))
		m.single("intervals", c.layout+c.joint, c.w, func(t time.Time) string {
			return t.Format(c.layout) + c.joint + t.Add(step).Format(c.layout)
		}, ",")
	}
	m.single("intervals", "with both clocks named", m.hourly, func(t time.Time) string {
		return t.Format("02.01.2006 15:04") + " - " + t.Add(time.Hour).Format("02.01.2006 15:04") + " (CET/CEST)"
	}, ",")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	autumn := m.hourly
	autumn.n, autumn.at = 24*90, func(i int) time.Time { return time.Date(2023, 9, 1, i, 0, 0, 0, time.UTC) }
	m.single("intervals", "with the clock named", autumn, func(t time.Time) string {
		l := t.In(berlin)
		return l.Format("02.01.2006 15:04") + " - " + l.Add(time.Hour).Format("02.01.2006 15:04") + l.Format(" (MST)")
	}, ",")
}

func (m *mangler) periodLayouts() {
	for _, layout := range []string{
		"2006-01", "2006/01", "01/2006", "01-2006", "2006M01", "2006-M01", "2006 01", "2006:01", "Jan 2006", "Jan-2006", "Jan-06", "January 2006", "2006-Jan", "2006 January", "200601", "2006.01", "01.2006", "Jan'06", "M01 2006", "2006年1月",
	} {
		m.single("period layouts", layout, m.monthly, gotime(layout), ";")
	}
	m.single("period layouts", "JAN 2006", m.monthly, func(t time.Time) string { return strings.ToUpper(t.Format("Jan 2006")) }, ";")
	quarters := m.monthly
	quarters.freq, quarters.n = "QS", 40
	quarters.at = func(i int) time.Time { return time.Date(2010, time.Month(1+3*i), 1, 0, 0, 0, 0, time.UTC) }
	for _, word := range []string{"%dQ%d", "%d-Q%d", "%d Q%d", "%dq%d", "%d:Q%d", "%d/Q%d", "%d.Q%d"} {
		m.single("period layouts", word, quarters, func(t time.Time) string { return fmt.Sprintf(word, t.Year(), (t.Month()-1)/3+1) }, ",")
	}
	for _, word := range []string{"Q%d %d", "Q%d-%d", "Q%d/%d", "%dQ%d", "%d. Quartal %d", "T%d %d"} {
		m.single("period layouts", "reversed "+word, quarters, func(t time.Time) string { return fmt.Sprintf(word, (t.Month()-1)/3+1, t.Year()) }, ",")
	}
	years := m.monthly
	years.freq, years.n = "YS", 50
	years.at = func(i int) time.Time { return time.Date(1960+i, 1, 1, 0, 0, 0, 0, time.UTC) }
	m.single("period layouts", "year", years, gotime("2006"), ",")
	weeks := m.weekly
	weeks.freq = "W-MON"
	weeks.at = func(i int) time.Time { return time.Date(2018, 1, 1+7*i, 0, 0, 0, 0, time.UTC) }
	for _, word := range []string{"%d-W%02d", "%dW%02d", "%d W%02d", "%d-W%02d-1", "%d/W%d"} {
		m.single("period layouts", "week "+word, weeks, func(t time.Time) string {
			y, w := t.ISOWeek()
			return fmt.Sprintf(word, y, w)
		}, ",")
	}
}

// monthWords are the months as people write them in other languages.
var monthWords = map[string]string{
	"German":     "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
	"German abc": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
	"French":     "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"French abc": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
	"Spanish":    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
	"Spanish a":  "ene feb mar abr may jun jul ago sep oct nov dic",
	"Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
	"Italian":    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	"Dutch":      "januari februari maart april mei juni juli augustus september oktober november december",
	"Polish":     "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
	"Swedish":    "januari februari mars april maj juni juli augusti september oktober november december",
	"Russian":    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
	"Turkish":    "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}

func (m *mangler) monthNames() {
	for _, language := range sortedNames(lengths(monthWords)) {
		names := strings.Fields(monthWords[language])
		m.single("month names", language+" days", m.daily, func(t time.Time) string {
			return fmt.Sprintf("%d %s %d", t.Day(), names[t.Month()-1], t.Year())
		}, ";")
		m.single("month names", language+" months", m.monthly, func(t time.Time) string { return names[t.Month()-1] + " " + t.Format("2006") }, ";")
	}
	german := strings.Fields(monthWords["German"])
	m.single("month names", "German with a point", m.daily, func(t time.Time) string {
		return fmt.Sprintf("%d. %s %d", t.Day(), german[t.Month()-1], t.Year())
	}, ";")
	m.single("month names", "Spanish with de", m.daily, func(t time.Time) string {
		return fmt.Sprintf("%d de %s de %d", t.Day(), strings.Fields(monthWords["Spanish"])[t.Month()-1], t.Year())
	}, ";")
}

func lengths(m map[string]string) map[string]int {
	out := map[string]int{}
	for k, v := range m {
		out[k] = len(v)
	}
	return out
}

func (m *mangler) numbersAsTimes() {
	count := func(per int64) func(time.Time) string {
		return func(t time.Time) string { return strconv.FormatInt(t.UnixMicro()*per/1_000_000, 10) }
	}
	serial := func(t time.Time) string {
		return strconv.FormatFloat(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()/24, 'f', -1, 64)
	}
	for name, write := range map[string]func(time.Time) string{
		"epoch s": count(1), "epoch ms": count(1000), "epoch µs": func(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }, "epoch ns": func(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) },
		"epoch s.0": func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) + ".0" },
	} {
		m.single("numbers as times", name+" daily", m.daily, write, ",")
		m.single("numbers as times", name+" hourly", m.hourly, write, ",")
	}
	m.single("numbers as times", "Excel days", m.daily, serial, ",")
	m.single("numbers as times", "Excel hours", m.hourly, func(t time.Time) string {
		return strconv.FormatFloat(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()/24, 'f', 6, 64)
	}, ",")
	for _, per := range []int{4, 12} {
		w := m.monthly
		w.freq, w.n = map[int]string{4: "QS", 12: "MS"}[per], 10*per
		w.at = func(i int) time.Time { return time.Date(1990, time.Month(1+12/per*i), 1, 0, 0, 0, 0, time.UTC) }
		m.single("numbers as times", fmt.Sprintf("decimal year of %d", per), w, func(t time.Time) string {
			return fmt.Sprintf("%.3f", float64(t.Year())+float64(t.Month()-1)/12)
		}, ",")
	}
}

package dataset_test

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// mangler collects variants.
type mangler struct {
	worlds
	all []variant
}

func variants(w worlds) []variant {
	m := &mangler{worlds: w}
	for _, family := range []func(){
		m.delimiters, m.quotes, m.encodings, m.newlines, m.preambles, m.footers, m.ragged, m.headers,
		m.decimals, m.missing, m.dateLayouts, m.clockLayouts, m.periodLayouts, m.monthNames, m.numbersAsTimes, m.composed, m.wideTables,
		m.intervals, m.orders, m.gaps, m.duplicates, m.zones, m.totals, m.ambiguous,
	} {
		family()
	}
	return m.all
}

func (m *mangler) add(family, name, text string, t truth) {
	m.all = append(m.all, variant{family, name, text, t})
}

// each runs over a daily, a monthly and a panel table.
func (m *mangler) each(do func(name string, s *sheet)) {
	for _, c := range []struct {
		name string
		w    world
	}{{"daily", m.daily}, {"monthly", m.monthly}, {"panel", m.panel}} {
		s := c.w.sheet(spell{})
		s.truth.rows = len(s.rows)
		do(c.name, s)
	}
}

func (m *mangler) delimiters() {
	for _, delim := range []string{",", ";", "\t", "|", " ", ":", "^", "~"} {
		m.each(func(name string, s *sheet) {
			s.truth.delimiter = delim
			m.add("delimiters", fmt.Sprintf("%q %s", delim, name), s.text(delim, "\n"), s.truth)
		})
	}
	hours := m.hourly.sheet(spell{time: gotime("2006-01-02T15:04")})
	m.add("delimiters", "space, times with T", hours.text(" ", "\n"), hours.truth)
	padded := m.daily.sheet(spell{})
	m.add("delimiters", "comma and space", padded.text(", ", "\n"), padded.truth)
	m.add("delimiters", "blanks around", padded.text("  ;  ", "\n"), padded.truth)
	aligned := m.daily.sheet(spell{})
	m.add("delimiters", "columns of blanks", aligned.text("   ", "\n"), aligned.truth)
}

func (m *mangler) quotes() {
	m.each(func(name string, s *sheet) {
		all := make([]int, len(s.header))
		for i := range all {
			all[i] = i
		}
		m.add("quotes", "all "+name, s.quoted(`"`, all...).text(",", "\n"), s.truth)
	})
	m.each(func(name string, s *sheet) {
		m.add("quotes", "the time "+name, s.quoted(`"`, len(s.header)-2).text(",", "\n"), s.truth)
	})
	single := m.panel.sheet(spell{}).quoted("'", 0, 1, 2)
	m.add("quotes", "apostrophes", single.text(",", "\n"), single.truth)
	for name, id := range map[string]string{
		"a delimiter inside": "Berlin, Mitte", "quotes inside": `the "old" mill`, "a line end inside": "first line\nsecond line", "an apostrophe": "O'Neil", "a semicolon": "a;b;c",
	} {
		w := m.panel
		w.ids = []string{id, "other"}
		s := w.sheet(spell{}).quoted(`"`, 0)
		m.add("quotes", name, s.text(",", "\n"), s.truth)
	}
	w := m.panel
	w.ids = []string{`the "old" mill`, "other"}
	s := w.sheet(spell{})
	for _, row := range s.rows {
		row[0] = `"` + strings.ReplaceAll(row[0], `"`, `\"`) + `"`
	}
	m.add("quotes", "backslash", s.text(",", "\n"), s.truth)
	w.ids = []string{"O'Neil's", "the 3' pipe"}
	plain := w.sheet(spell{})
	m.add("quotes", "bare apostrophes", plain.text(",", "\n"), plain.truth)
	w.ids = []string{`5" pipe`, `7" pipe`}
	inches := w.sheet(spell{})
	m.add("quotes", "inches", inches.text(",", "\n"), inches.truth)
	spaced := m.daily.sheet(spell{}).quoted(`"`, 0, 1)
	m.add("quotes", "a blank before the quote", spaced.text(", ", "\n"), spaced.truth)
	head := m.daily.sheet(spell{})
	head.header = []string{`"date"`, `"value"`}
	m.add("quotes", "the header alone", head.text(",", "\n"), head.truth)
}

func encoded(e encoding.Encoding, text string) string {
	out, err := e.NewEncoder().String(text)
	if err != nil {
		panic("the text does not fit the encoding: " + err.Error())
	}
	return out
}

func (m *mangler) encodings() {
	m.each(func(name string, s *sheet) {
		m.add("encodings", "UTF-8 BOM "+name, "\ufeff"+s.text(",", "\n"), s.truth.with(func(t *truth) { t.encoding = "utf-8" }))
	})
	for name, e := range map[string]encoding.Encoding{
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		m.each(func(world string, s *sheet) {
			t := s.truth.with(func(t *truth) { t.encoding = name })
			m.add("encodings", name+" BOM "+world, encoded(e, "\ufeff"+s.text("\t", "\r\n")), t)
			m.add("encodings", name+" "+world, encoded(e, s.text(",", "\n")), t)
		})
	}
	for _, c := range []struct {
		name string
		e    encoding.Encoding
		ids  []string
	}{
		{"windows-1252", charmap.Windows1252, []string{"Köln", "Zürich", "Málaga"}},
		{"shift_jis", japanese.ShiftJIS, []string{"東京都", "大阪府", "北海道の売上"}},
		{"euc-jp", japanese.EUCJP, []string{"東京のりんご", "大阪のみかん", "さくらんぼ"}},
		{"gb18030", simplifiedchinese.GB18030, []string{"北京销售额", "上海分公司", "广州的数据"}},
		{"big5", traditionalchinese.Big5, []string{"臺北銷售額", "高雄的資料", "新竹分公司"}},
		{"euc-kr", korean.EUCKR, []string{"서울 매출", "부산 판매량", "대구"}},
		{"utf-8", encoding.Nop, []string{"東京都", "서울 매출", "Köln"}},
	} {
		w := m.panel
		w.ids = c.ids
		s := w.sheet(spell{})
		s.truth.encoding = c.name
		m.add("encodings", c.name, encoded(c.e, s.text(",", "\n")), s.truth)
		m.add("encodings", c.name+", tab and CRLF", encoded(c.e, s.text("\t", "\r\n")), s.truth)
	}
	late := m.panel
	late.n = 4000
	late.ids = []string{"one", "two", "Köln"}
	s := late.sheet(spell{})
	s.truth.encoding = "windows-1252"
	m.add("encodings", "windows-1252 far behind", encoded(charmap.Windows1252, s.text(",", "\n")), s.truth)
	nul := m.daily.sheet(spell{})
	m.add("encodings", "NUL bytes", strings.Replace(nul.text(",", "\n"), "value", "val\x00ue", 1), nul.truth.with(func(t *truth) { t.warning = "nul_bytes" }))
}

func (m *mangler) newlines() {
	for name, newline := range map[string]string{"CRLF": "\r\n", "CR": "\r", "CR CR LF": "\r\r\n", "blank lines": "\n\n"} {
		m.each(func(world string, s *sheet) {
			m.add("newlines", name+" "+world, s.text(",", newline), s.truth)
		})
	}
	m.each(func(world string, s *sheet) {
		text := s.text(",", "\n")
		m.add("newlines", "none at the end "+world, strings.TrimSuffix(text, "\n"), s.truth)
		m.add("newlines", "mixed "+world, strings.Replace(text, "\n", "\r\n", len(s.rows)/2), s.truth)
		m.add("newlines", "blank end "+world, text+"\n\n\n", s.truth)
	})
}

func (m *mangler) preambles() {
	for name, top := range map[string]string{
		"title": "Sales report\n", "three lines": "Sales report\nmade by hand\nall figures in EUR\n", "title and blank": "Sales report\n\n",
		"comments": "# made by a logger\n# version 2\n", "keys and values": "Station: 4711\nUnit: kWh\nFrom: 2019\n", "key,value": "Station,4711\nUnit,kWh\nCountry,DE\n",
		"padded": "Sales report,,\n,,\n", "sep": "sep=,\n", "a date in it": "Report of 2024-05-01 12:00\n\n", "long": strings.Repeat("This line tells about the data, at some length\n", 40),
		"quoted": "\"Sales report, monthly\"\n\"made 2024\"\n",
	} {
		m.each(func(world string, s *sheet) {
			m.add("preambles", name+" "+world, top+s.text(",", "\n"), s.truth)
		})
	}
}

func (m *mangler) footers() {
	for name, foot := range map[string]string{
		"source": "Source: our own\n", "blank and note": "\nSource: our own\nall rights reserved\n", "padded": "Source: our own,,\n", "long": "\n" + strings.Repeat("note, with a comma\n", 5),
		"end of file": "\x1a", "rows": "\n(120 rows affected)\n", "quoted": "\"Notes:\"\n\"1) preliminary\"\n",
	} {
		m.each(func(world string, s *sheet) {
			m.add("footers", name+" "+world, s.text(",", "\n")+foot, s.truth)
		})
	}
	for _, word := range []string{"Total", "Summe", "Grand total", "合計"} {
		few := m.monthly
		few.n = 12
		s := few.sheet(spell{time: gotime("2006-01")})
		s.truth.rows = 12
		m.add("footers", word+" of a year", s.text(",", "\n")+word+",12345.67\n", s.truth)
	}
	total := m.daily.sheet(spell{})
	m.add("footers", "total", total.text(",", "\n")+"Total,12345.67\n", total.truth)
}

func (m *mangler) ragged() {
	m.each(func(world string, s *sheet) {
		short, long, trailing, body := s.text(",", "\n"), s.text(",", "\n"), s.text(",", ",\n"), strings.Join(s.header, ",")+"\n"+s.body(",", ",\n")
		third := strings.Split(short, "\n")[3]
		gone := s.truth.with(func(t *truth) { t.points, t.warning = without3(t.points, s), "ragged_rows" })
		m.add("ragged", "no value "+world, strings.Replace(short, third, third[:strings.LastIndex(third, ",")], 1), gone)
		m.add("ragged", "one more "+world, strings.Replace(long, third, third+",surplus", 1), s.truth.with(func(t *truth) { t.warning = "ragged_rows" }))
		m.add("ragged", "a delimiter at every end "+world, trailing, s.truth)
		m.add("ragged", "a delimiter at the end of rows "+world, body, s.truth)
	})
}

// without3 leaves out the value of the third row.
func without3(all points, s *sheet) points {
	out := points{}
	at, _ := time.Parse("2006-01-02", s.rows[2][len(s.rows[2])-2])
	for id, series := range all {
		out[id] = map[time.Time]float64{}
		for t, y := range series {
			if (len(s.rows[2]) == 2 || s.rows[2][0] == id) && t.Equal(at) {
				continue
			}
			out[id][t] = y
		}
	}
	return out
}

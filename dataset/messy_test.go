package dataset_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/pgcast/pgcast/dataset"
)

func scan(t *testing.T, text string) *dataset.Profile {
	t.Helper()
	p, err := dataset.Scan(t.Context(), strings.NewReader(text), dataset.DefaultLimits)
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	return p
}

// daily writes n rows of a table: row i gets the i-th day of 2024 in the given
// Go layout and a value.
func daily(head, goLayout, sep string, n int, value func(i int) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		day := time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC)
		fmt.Fprintf(&b, "%s%s%s\n", day.Format(goLayout), sep, value(i))
	}
	return b.String()
}

func whole(i int) string   { return fmt.Sprint(100 + i*7%31) }
func decimal(i int) string { return fmt.Sprintf("%d.%d", 10+i%9, 1+i%8) }
func comma(i int) string   { return fmt.Sprintf("%d,%d", 10+i%9, 1+i%8) }

func warned(p *dataset.Profile, code string) bool {
	for _, w := range p.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// Each mess leaves the same truth: 40 days of 2024 with one target.
func TestMessIsSeenThrough(t *testing.T) {
	t.Parallel()
	plain := daily("date,sales\n", "2006-01-02", ",", 40, decimal)
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy) string {
		s, err := unicode.UTF16(order, mark).NewEncoder().String(plain)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	latin, err := charmap.Windows1252.NewEncoder().String(daily("date,größe\n", "2006-01-02", ",", 40, decimal))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text    string
		format  string
		rows    int
		warning string
		check   func(*dataset.Profile) bool
	}{
		"semicolon, decimal comma": {text: daily("datum;umsatz\n", "02.01.2006", ";", 40, comma), format: "%d.%m.%Y", check: func(p *dataset.Profile) bool { return p.Decimal == "," && *p.Delimiter == ";" }},
		"tab":                      {text: daily("date\tv\n", "2006/01/02", "\t", 40, decimal), format: "%Y/%m/%d", check: func(p *dataset.Profile) bool { return *p.Delimiter == "\t" }},
		"pipe":                     {text: daily("date|v\n", "2006-01-02", "|", 40, decimal), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Delimiter == "|" }},
		"sep line":                 {text: "sep=;\n" + daily("date;v\n", "2006-01-02", ";", 40, decimal), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.PreambleLines == 1 && *p.HeaderLine == 2 }},
		"preamble":                 {text: "Monthly report\nmade 2024\n\n" + plain, format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.PreambleLines == 3 && *p.HeaderLine == 4 }},
		"padded title":             {text: "Report,,\n" + daily("date,v,w\n", "2006-01-02", ",", 40, func(i int) string { return decimal(i) + "," + whole(i) }), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.PreambleLines == 1 }},
		"no header":                {text: daily("", "2006-01-02", ",", 40, decimal), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return !p.HasHeader && p.Columns[1].Name == "column2" }},
		"footer":                   {text: plain + "\nSource: our own\nall rights reserved\n", format: "%Y-%m-%d", warning: "footer_rows"},
		"padded footer":            {text: plain + "Source: our own,\n", format: "%Y-%m-%d", warning: "footer_rows"},
		"units row":                {text: strings.Replace(plain, "date,sales\n", "date,sales\n,kWh\n", 1), format: "%Y-%m-%d", warning: "units_row"},
		"CRLF":                     {text: strings.ReplaceAll(plain, "\n", "\r\n"), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.Newline == "CRLF" }},
		"bare CR":                  {text: strings.ReplaceAll(plain, "\n", "\r"), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.Newline == "CR" }},
		"mixed line ends":          {text: strings.Replace(strings.Replace(plain, "\n", "\r\n", 5), "\n2024-01-20", "\r2024-01-20", 1), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.Newline == "mixed" }},
		"no last line end":         {text: strings.TrimSuffix(plain, "\n"), format: "%Y-%m-%d"},
		"blank lines":              {text: strings.ReplaceAll(plain, "2024-01-10", "\n\n2024-01-10"), format: "%Y-%m-%d"},
		"UTF-8 BOM":                {text: "\ufeff" + plain, format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.BOM && p.Columns[0].Name == "date" }},
		"UTF-16LE BOM":             {text: utf16(unicode.LittleEndian, unicode.UseBOM), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.Encoding == "utf-16le" && p.BOM }},
		"UTF-16BE":                 {text: utf16(unicode.BigEndian, unicode.IgnoreBOM), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.Encoding == "utf-16be" && !p.BOM }},
		"Windows-1252":             {text: latin, format: "%Y-%m-%d", warning: "encoding_guessed", check: func(p *dataset.Profile) bool { return p.Encoding == "windows-1252" && p.Columns[1].Name == "größe" }},
		"NUL bytes":                {text: strings.Replace(plain, "2024-01-09", "2024-\x0001-09", 1), format: "%Y-%m-%d", warning: "nul_bytes"},
		"quoted":                   {text: `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(plain, "\n"), ",", `","`), "\n", "\"\n\"") + "\"\n", format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Quote == `"` }},
		"single quotes":            {text: `'` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(plain, "\n"), ",", `','`), "\n", "'\n'") + "'\n", format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Quote == `'` }},
		"ragged":                   {text: strings.Replace(plain, "2024-01-15,", "2024-01-15,9.5,what,", 1), format: "%Y-%m-%d", warning: "ragged_rows", check: func(p *dataset.Profile) bool { return p.RaggedRows == 1 }},
		"thousands":                {text: daily("date;v\n", "2006-01-02", ";", 40, func(i int) string { return fmt.Sprintf("1.2%02d,5", i) }), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Thousands == "." && p.Decimal == "," }},
		"quoted thousands":         {text: daily("date,v\n", "2006-01-02", ",", 40, func(i int) string { return map[bool]string{true: "950", false: fmt.Sprintf("\"1,2%02d\"", i)}[i == 20] }), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Thousands == "," && *p.Columns[1].Mean > 1000 }},
		"currency":                 {text: daily("date,v\n", "2006-01-02", ",", 40, func(i int) string { return "$" + decimal(i) }), format: "%Y-%m-%d", warning: "currency"},
		"percent":                  {text: daily("date,v\n", "2006-01-02", ",", 40, func(i int) string { return decimal(i) + " %" }), format: "%Y-%m-%d", warning: "percent"},
		"sentinel":                 {text: daily("date,v\n", "2006-01-02", ",", 40, func(i int) string { return map[bool]string{true: "-999", false: decimal(i)}[i%9 == 4] }), format: "%Y-%m-%d", warning: "sentinel", check: func(p *dataset.Profile) bool { return p.MissingValues["v"] == 4 }},
		"own marker":               {text: daily("date,v\n", "2006-01-02", ",", 40, func(i int) string { return map[bool]string{true: "closed", false: decimal(i)}[i%9 == 4] }), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return p.MissingValues["v"] == 4 && p.MissingMarkers[0] == "closed" }},
		"D/M/Y":                    {text: daily("date,v\n", "02/01/2006", ",", 40, decimal), format: "%d/%m/%Y"},
		"M/D/Y":                    {text: daily("date,v\n", "01/02/2006", ",", 40, decimal), format: "%m/%d/%Y"},
		"unpadded M/D/Y":           {text: daily("date,v\n", "1/2/2006", ",", 40, decimal), format: "%-m/%-d/%Y"},
		"two-digit year":           {text: daily("date,v\n", "02.01.06", ",", 40, decimal), format: "%d.%m.%y", warning: "two_digit_year"},
		"compact":                  {text: daily("date,v\n", "20060102", ",", 40, decimal), format: "%Y%m%d"},
		"capital months":           {text: strings.ToUpper(daily("date,v\n", "02-Jan-2006", ",", 40, decimal)), format: "%d-%^b-%Y"},
		"long months":              {text: daily("date;v\n", "January 2, 2006", ";", 40, decimal), format: "%B %-d, %Y"},
		"timestamps":               {text: daily("date,v\n", "2006-01-02T15:04:05Z", ",", 40, decimal), format: "%Y-%m-%dT%H:%M:%S%:z", check: func(p *dataset.Profile) bool { return *p.Timezone == "UTC" }},
		"offset, milliseconds":     {text: strings.ReplaceAll(daily("date,v\n", "2006-01-02T15:04:05.000", "@,", 40, decimal), "@", "+02:00"), format: "%Y-%m-%dT%H:%M:%S.%3f%:z", check: func(p *dataset.Profile) bool { return *p.Timezone == "+02:00" }},
		"AM and PM":                {text: daily("date,v\n", "1/2/2006 3:04 PM", ",", 40, decimal), format: "%-m/%-d/%Y %I:%M %p"},
		"epoch seconds": {text: "ts,v\n" + lines(40, func(i int) string {
			return fmt.Sprintf("%d,%s", time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Unix(), decimal(i))
		}), format: "epoch seconds"},
		"epoch milliseconds": {text: "x,v\n" + lines(40, func(i int) string {
			return fmt.Sprintf("%d,%s", time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).UnixMilli(), decimal(i))
		}), format: "epoch milliseconds"},
		"Excel serial": {text: "date,v\n" + lines(40, func(i int) string { return fmt.Sprintf("%d,%s", 45292+i, decimal(i)) }), format: "excel serial"},
		"year, month, day": {text: "year,month,day,v\n" + lines(40, func(i int) string {
			return time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("2006,1,2,") + decimal(i)
		}), format: "%Y + month number + day number"},
		"descending": {text: "date,v\n" + lines(40, func(i int) string {
			return time.Date(2024, 2, 9-i, 0, 0, 0, 0, time.UTC).Format("2006-01-02,") + decimal(i)
		}), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Order == "descending" }},
		"shuffled": {text: "date,v\n" + lines(40, func(i int) string {
			return time.Date(2024, 1, 1+i*7%40, 0, 0, 0, 0, time.UTC).Format("2006-01-02,") + decimal(i)
		}), format: "%Y-%m-%d", check: func(p *dataset.Profile) bool { return *p.Order == "unordered" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scan(t, c.text)
			if p.Rows != 40 {
				t.Errorf("rows = %d, want 40", p.Rows)
			}
			if len(p.TimeCandidates) == 0 {
				t.Fatalf("no time candidate; columns %+v", p.Columns)
			}
			if k := p.TimeCandidates[0]; k.Format != c.format {
				t.Errorf("format = %q, want %q", k.Format, c.format)
			}
			if p.Frequency == nil || *p.Frequency != "D" || *p.MissingSteps != 0 {
				t.Errorf("frequency = %v with %v missing steps, want D with 0", deref(p.Frequency), deref(p.MissingSteps))
			}
			if first := deref(p.FirstTime); !strings.HasPrefix(fmt.Sprint(first), "2024-01-01T") {
				t.Errorf("first_time = %v, want 2024-01-01", first)
			}
			if len(p.NeedsChoice) > 0 {
				t.Errorf("needs_choice = %+v, want none", p.NeedsChoice)
			}
			if c.warning != "" && !warned(p, c.warning) {
				t.Errorf("no warning %q in %+v", c.warning, p.Warnings)
			}
			if c.check != nil && !c.check(p) {
				t.Errorf("the profile misses what the case is about: %+v", p)
			}
		})
	}
}

func lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

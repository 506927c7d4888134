package workbook_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/workbook"
)

// text is what a workbook of the given parts becomes.
func text(t *testing.T, book, styles, texts, sheet string) (string, error) {
	t.Helper()
	data := archive(t, map[string]io.Reader{"xl/workbook.xml": strings.NewReader(book), "xl/_rels/workbook.xml.rels": strings.NewReader(aLink), "xl/styles.xml": strings.NewReader(styles),
		"xl/sharedStrings.xml": strings.NewReader(texts), "xl/worksheets/sheet1.xml": strings.NewReader(sheet)})
	s, err := workbook.Text(bytes.NewReader(data), workbook.Limits{})
	if err != nil {
		return "", err
	}
	defer s.Close()
	b, err := io.ReadAll(s)
	return string(b), err
}

func TestPartsAreReadAsProgramsWriteThem(t *testing.T) {
	t.Parallel()
	cells := func(cells string) string {
		return `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row><row r="2">` + cells + `</row></sheetData></worksheet>`
	}
	styled := func(code string) string {
		return `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="` + code + `"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>`
	}
	number := cells(`<c r="A2" s="0"><v>45292.5</v></c><c r="B2"><v>1</v></c>`)
	for name, c := range map[string]struct{ book, styles, texts, sheet, want string }{
		"all there is":        {aBook, aStyle, someText, aSheet, "date,sales\n\n2024-01-01,2.5\n2024-01-02 12:00:00,,a & <b>\n"},
		"1904":                {strings.Replace(aBook, `"0"`, `"1"`, 1), styled("d/m/yy"), "", number, "a,b\n2028-01-02 12:00:00,1\n"},
		"a number with units": {aBook, styled(`0.0 &quot;days&quot;`), "", number, "a,b\n45292.5,1\n"},
		"a length of time":    {aBook, styled("[h]:mm"), "", number, "a,b\n45292.5,1\n"},
		"a color":             {aBook, styled("[Red]0.0"), "", number, "a,b\n45292.5,1\n"},
		"a time of day":       {aBook, styled("h:mm AM/PM"), "", cells(`<c s="0"><v>0.75</v></c><c><v>1</v></c>`), "a,b\n18:00:00,1\n"},
		"an error":            {aBook, "", "", cells(`<c t="e"><v>#N/A</v></c><c><v>1</v></c>`), "a,b\n#N/A,1\n"},
		"a date in ISO 8601":  {aBook, "", "", cells(`<c t="d"><v>2024-01-01T00:00:00</v></c><c><v>1</v></c>`), "a,b\n2024-01-01T00:00:00,1\n"},
		"a text that is gone": {aBook, "", someText, cells(`<c t="s"><v>7</v></c><c><v>1</v></c><c><v>2</v></c>`), "a,b\n,1,2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := text(t, c.book, c.styles, c.texts, c.sheet); got != c.want || err != nil {
				t.Errorf("text %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Tags of a mebibyte are read in time that grows with their length.
func TestLongTagsAreBounded(t *testing.T) {
	t.Parallel()
	for name, sheet := range map[string]string{
		"brackets in quotes": `<worksheet><row a="` + strings.Repeat(">", 1<<20-200),
		"attributes":         "<worksheet" + strings.Repeat(" a=''", 200_000) + "><row>",
		"comments":           "<worksheet><!-- " + strings.Repeat("->", 500_000),
		"entities":           "<worksheet>" + strings.Repeat("&amp;", 200_000),
		"far cells":          "<worksheet>" + strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 20_000),
		"many tags":          "<worksheet>" + strings.Repeat("<row/>", 500_000),
	} {
		if _, err := text(t, aBook, "", "", sheet); err != nil {
			t.Logf("%s: %v", name, err)
		}
	}
}

// Texts that cells share are in the file once, and take memory and time each
// time that a cell names them.
func TestCellsThatShareALongTextAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		cells string
		rows  int
		want  string
	}{
		"one row":   {strings.Repeat(`<c t="s"><v>0</v></c>`, 1<<14), 1, "bad_workbook"},
		"many rows": {`<c t="s"><v>0</v></c>`, 9_000, "payload_too_large"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := text(t, aBook, "", "<sst><si><t>"+strings.Repeat("x", 1<<19)+"</t></si></sst>",
			"<worksheet>"+strings.Repeat("<row>"+c.cells+"</row>", c.rows)+"</worksheet>")
		runtime.ReadMemStats(&after)
		var refused *dataset.Error
		if !errors.As(err, &refused) || refused.Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 1500 {
			t.Errorf("%s: %d MiB were taken, want as much as twice the text that a workbook may make, at the most", name, taken)
		}
	}
}

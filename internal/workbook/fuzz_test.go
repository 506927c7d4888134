package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/workbook"
)

const (
	aBook    = `<workbook xmlns:r="x"><workbookPr date1904="0"/><sheets><sheet name="A" sheetId="1" r:id="r1"/><sheet name="B" state="hidden" r:id="r2"/></sheets></workbook>`
	aLink    = `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`
	aStyle   = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/></cellXfs></styleSheet>`
	someText = `<sst><si><t>date</t></si><si><r><t>sal</t></r><r><t>es</t></r><rPh><t>x</t></rPh></si><si/></sst>`
	aSheet   = `<?xml version="1.0"?><worksheet><!-- > --><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>` +
		`<row r="3" spans="1:2"><c r="A3" s="1"><v>45292</v></c><c r="B3"><f>1+1</f><v>2.5</v></c></row><row><c s="2"><v>45293.5</v></c><c r="C4" t="inlineStr"><is><t>a &amp; <![CDATA[<b>]]></t></is></c></row></sheetData></worksheet>`
)

// Any parts make a text or are refused as a file; the text keeps the limits.
func FuzzText(f *testing.F) {
	f.Add([]byte(aBook), []byte(aStyle), []byte(someText), []byte(aSheet))
	f.Add([]byte(aBook), []byte(`<x a='>' b="1"`), []byte(`<sst><si><t>`), []byte(`<worksheet><row r="1048576"><c r="XFD1"><v>1</v></c><c><v>2</v></c></row>`))
	f.Add([]byte(`<x:workbook><x:sheet name="&#x41;&lt;" r:id='r1'/></x:workbook>`), []byte(nil), []byte(nil), []byte(`<x:worksheet><x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row><x:row r="9"><x:c r="B9"><x:v>&#1114112;</x:v></x:c></x:row></x:worksheet>`))
	f.Fuzz(func(t *testing.T, book, styles, texts, sheet []byte) {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for name, content := range map[string][]byte{"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": []byte(aLink), "xl/styles.xml": styles, "xl/sharedStrings.xml": texts,
			"xl/worksheets/sheet1.xml": sheet, "xl/worksheets/sheet2.xml": []byte(aSheet)} {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		const most = 1 << 20
		text, err := workbook.Text(&out, workbook.Limits{UnpackedBytes: most})
		if err != nil {
			var data *dataset.Error
			if !errors.As(err, &data) || data.Code == "" || data.Hint == "" {
				t.Fatalf("refused with %v, want a *dataset.Error with a hint", err)
			}
			return
		}
		defer text.Close()
		if n, err := io.Copy(io.Discard, text); err != nil || n > most {
			t.Errorf("%d bytes of text, %v", n, err)
		}
	})
}

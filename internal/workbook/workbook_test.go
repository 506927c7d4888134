package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/workbook"
)

// sales is a workbook of 40 days with dates in the given number format.
func sales(t *testing.T, format string, change func(*excelize.File)) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		t.Fatal(err)
	}
	money := "#,##0.0 €"
	price, err := book.NewStyle(&excelize.Style{CustomNumFmt: &money})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(book.SetSheetRow("Sheet1", "A1", &[]any{"date", "sales, net"}))
	for i := range 40 {
		row := i + 2
		must(book.SetCellValue("Sheet1", fmt.Sprintf("A%d", row), 45292+i)) // 2024-01-01
		must(book.SetCellStyle("Sheet1", fmt.Sprintf("A%d", row), fmt.Sprintf("A%d", row), style))
		must(book.SetCellValue("Sheet1", fmt.Sprintf("B%d", row), 1000+float64(i)/8))
		must(book.SetCellStyle("Sheet1", fmt.Sprintf("B%d", row), fmt.Sprintf("B%d", row), price))
	}
	if change != nil {
		change(book)
	}
	var out bytes.Buffer
	must(book.Write(&out))
	return out.Bytes()
}

func TestDatesAndNumbersAreWrittenAsTheyAreHeld(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"yyyy-mm-dd", "dd/mm/yyyy", "m/d/yy", "d. mmm yyyy", "dddd, mmmm dd, yyyy", "dd.mm.yyyy hh:mm", "yyyy/m/d"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			sheet, err := workbook.Text(bytes.NewReader(sales(t, format, nil)), workbook.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			defer sheet.Close()
			p, err := dataset.Scan(t.Context(), sheet, dataset.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if p.Rows != 40 || p.FirstTime == nil || *p.FirstTime != "2024-01-01T00:00:00" || *p.Frequency != "D" || len(p.NeedsChoice) > 0 {
				t.Errorf("rows %d from %v, asks %v; want 40 days of 2024", p.Rows, p.FirstTime, p.NeedsChoice)
			}
			if c := p.Columns[1]; c.Name != "sales, net" || *c.Max != "1004.875" {
				t.Errorf("column %q up to %v, want the numbers as held", c.Name, *c.Max)
			}
		})
	}
}

func TestHoursAreNotLost(t *testing.T) {
	t.Parallel()
	data := sales(t, "dd/mm/yyyy hh:mm", func(book *excelize.File) {
		for i := range 40 {
			_ = book.SetCellValue("Sheet1", fmt.Sprintf("A%d", i+2), 45292+float64(i)/24)
		}
	})
	sheet, err := workbook.Text(bytes.NewReader(data), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer sheet.Close()
	p, err := dataset.Scan(t.Context(), sheet, dataset.DefaultLimits)
	if err != nil || *p.Frequency != "h" || *p.LastTime != "2024-01-02T15:00:00" {
		t.Errorf("Scan = %+v, %v; want hours", p, err)
	}
}

func TestTheFirstSheetWithATableIsTaken(t *testing.T) {
	t.Parallel()
	data := sales(t, "yyyy-mm-dd", func(book *excelize.File) {
		_, _ = book.NewSheet("Notes")
		_ = book.SetCellValue("Notes", "A1", "made by hand")
		_, _ = book.NewSheet("More")
		_ = book.SetSheetRow("More", "A1", &[]any{"a", "b"})
		_ = book.SetSheetRow("More", "A2", &[]any{1, 2})
	})
	sheet, err := workbook.Text(bytes.NewReader(data), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if sheet.Name != "Sheet1" || len(sheet.Others) != 1 || sheet.Others[0] != "More" {
		t.Errorf("took %q and left %q, want Sheet1 and More", sheet.Name, sheet.Others)
	}
	name := sheet.File.Name()
	if err := sheet.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind: %v", filepath.Base(name), err)
	}
}

func archive(t *testing.T, parts map[string]io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is an archive with a part that says of itself that it unpacks to far
// more than it weighs.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 300 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte{3, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// crowd is an archive of very many empty parts without its end: who looks at the
// directory first calls it damaged.
func crowd(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range 20_000 {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()[:out.Len()-22]
}

func TestWhatIsNoWorkbookIsRefused(t *testing.T) {
	t.Parallel()
	good := sales(t, "yyyy-mm-dd", nil)
	for name, c := range map[string]struct {
		data   []byte
		limits workbook.Limits
		code   string
	}{
		"another archive":  {archive(t, map[string]io.Reader{"a.csv": strings.NewReader("a,b\n1,2\n")}), workbook.Limits{}, "not_text"},
		"a crowd":          {crowd(t), workbook.Limits{}, "payload_too_large"},
		"a bomb":           {bomb(t), workbook.Limits{}, "payload_too_large"},
		"too large":        {good, workbook.Limits{PackedBytes: 100}, "payload_too_large"},
		"too large inside": {good, workbook.Limits{UnpackedBytes: 1000}, "payload_too_large"},
		"cut":              {good[:len(good)/2], workbook.Limits{}, "bad_workbook"},
		"no parts":         {archive(t, map[string]io.Reader{"xl/workbook.xml": strings.NewReader("<workbook/>")}), workbook.Limits{}, "bad_workbook"},
		"no XML":           {archive(t, map[string]io.Reader{"xl/workbook.xml": strings.NewReader("hello")}), workbook.Limits{}, "bad_workbook"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			sheet, err := workbook.Text(bytes.NewReader(c.data), c.limits)
			var data *dataset.Error
			if !errors.As(err, &data) || data.Code != c.code || data.Hint == "" {
				t.Errorf("Text = %v, %v; want %s with a hint", sheet, err, c.code)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

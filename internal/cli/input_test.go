package cli

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/pgcast/pgcast/dataset"
)

func TestAWorkbookIsReadAsItsSheet(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for i := range 30 {
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		if err := book.SetSheetRow("Sheet1", cell, &[]any{time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC), 100 + i*i%17}); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetSheetRow("Sheet1", "A1", &[]any{"date", "sales"}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sales.xlsx")
	if err := book.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	file, err := open(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer file.done()
	p, err := dataset.Scan(t.Context(), file, dataset.DefaultLimits)
	if err != nil || p.Rows != 30 || *p.FirstTime != "2024-01-01T00:00:00" || *p.Frequency != "D" || len(p.NeedsChoice) > 0 {
		t.Errorf("Scan = %+v, %v; want 30 days", p, err)
	}
}

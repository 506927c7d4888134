package dataset_test

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// Central European text is told from Western one by letters inside of words.
func TestCentralEuropeanTextIsRead(t *testing.T) {
	t.Parallel()
	body := lines(40, func(i int) string {
		return day(2024, 1, 1+i).Format("2006-01-02") + ";" + []string{"1,5", "2,5", "7,1"}[i%3]
	})
	for header, c := range map[string]struct {
		chars *charmap.Charmap
		name  string
	}{
		"data;sprzedaż żółtych książek": {charmap.Windows1250, "windows-1250"},
		"datum;spotřeba na měřidle":     {charmap.Windows1250, "windows-1250"},
		"dátum;erdőtűz és hűtő":         {charmap.Windows1250, "windows-1250"},
		"Datum;Verbrauch in m³, Größe":  {charmap.Windows1252, "windows-1252"},
		"date;coût prévu à la fenêtre":  {charmap.Windows1252, "windows-1252"},
		"data;produção em maçãs à mão":  {charmap.Windows1252, "windows-1252"},
		"dato;forbruk på øre og frø":    {charmap.Windows1252, "windows-1252"},
	} {
		text, err := c.chars.NewEncoder().String(header + "\n" + body)
		if err != nil {
			t.Fatal(err)
		}
		p := scan(t, text)
		if got := p.Preview.Header[0] + ";" + p.Preview.Header[1]; got != header || p.Encoding != c.name {
			t.Errorf("read as %s: %q, want %s: %q", p.Encoding, got, c.name, header)
		}
	}
}

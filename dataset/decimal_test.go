package dataset_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
)

// The question for the decimal mark is answered with the mark, and the answer
// is held against every cell.
func TestTheDecimalMarkIsAnswered(t *testing.T) {
	t.Parallel()
	text := "date;v\n" + lines(60, func(i int) string { return fmt.Sprintf("2024-%02d-%02d;%d.%03d", 1+i/28, 1+i%28, 1+i%7, 100+i) })
	p := scan(t, text)
	i := slices.IndexFunc(p.NeedsChoice, func(q dataset.Choice) bool { return q.Code == "ambiguous_number" })
	if i < 0 || p.NeedsChoice[i].Field != "decimal" || !slices.Equal(p.NeedsChoice[i].Options, []string{".", ","}) {
		t.Fatalf("asks %+v, want the decimal mark", p.NeedsChoice)
	}
	for mark, want := range map[string]float64{".": 1.1, ",": 1100, "": 1.1} {
		d, err := dataset.Read(t.Context(), strings.NewReader(text), p, dataset.Selection{Time: []string{"date"}, Targets: []string{"v"}, Decimal: mark})
		if err != nil || d.Series[0].Y[0] != want {
			t.Errorf("with %q: %v, %v; want %v first", mark, d, err, want)
		}
	}
	text += "2024-06-01;1.5\n"
	_, err := dataset.Read(t.Context(), strings.NewReader(text), p, dataset.Selection{Time: []string{"date"}, Targets: []string{"v"}, Decimal: ","})
	var data *dataset.Error
	if !errors.As(err, &data) || data.Code != "value_unparseable" || data.Line != 62 || data.Column != "v" || text[data.ByteOffset:] != "2024-06-01;1.5\n" {
		t.Errorf("1.5 with a decimal comma: %+v", err)
	}
}

// Days that begin at midnights of a zone are days of that zone, and their times
// are written the way the file writes them.
func TestMidnightsOfAZoneAreDays(t *testing.T) {
	t.Parallel()
	text := "date,v\n" + lines(200, func(i int) string {
		hour := 22 // summer
		if i < 91 {
			hour = 23
		}
		return day(2023, 12, 31+i).Format("2006-01-02") + fmt.Sprintf("T%d:00:00Z,%d.5", hour, i)
	})
	p := scan(t, text)
	if len(p.NeedsChoice) != 1 || p.NeedsChoice[0].Code != "ambiguous_timezone" || !slices.Contains(p.NeedsChoice[0].Options, "Europe/Berlin") || slices.Contains(p.NeedsChoice[0].Options, "America/New_York") {
		t.Fatalf("asks %+v, want the zone", p.NeedsChoice)
	}
	sel := dataset.Selection{Time: []string{"date"}, Targets: []string{"v"}, Timezone: "Europe/Berlin"}
	d, err := dataset.Read(t.Context(), strings.NewReader(text), p, sel)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Series[0]
	if s.Freq != (series.Frequency{Unit: series.Day, N: 1}) || len(s.Y) != 200 || !s.Start.Equal(day(2024, 1, 1)) {
		t.Errorf("%d steps of %s from %s, want 200 days of 2024", len(s.Y), s.Freq, s.Start)
	}
	for i, want := range map[int]string{0: "2023-12-31T23:00:00Z", 199: "2024-07-17T22:00:00Z", 320: "2024-11-15T23:00:00Z"} {
		if got := d.Layout.Format(s.Time(i)); got != want {
			t.Errorf("day %d is written as %s, want %s", i, got, want)
		}
	}
}

// What is read every day at six is forecast at six.
func TestDailyReadingsKeepTheirHour(t *testing.T) {
	t.Parallel()
	text := "date,v\n" + lines(60, func(i int) string { return day(2024, 1, 1+i).Format("2006-01-02") + fmt.Sprintf(" 06:00,%d.5", i) })
	p := scan(t, text)
	d, err := dataset.Read(t.Context(), strings.NewReader(text), p, dataset.Selection{Time: []string{"date"}, Targets: []string{"v"}})
	if err != nil || len(p.NeedsChoice) > 0 {
		t.Fatal(err, p.NeedsChoice)
	}
	if got := d.Layout.Format(d.Series[0].Time(60)); got != "2024-03-01 06:00" {
		t.Errorf("the day after the last is %s, want 2024-03-01 06:00", got)
	}
}

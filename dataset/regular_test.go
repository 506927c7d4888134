package dataset_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
)

func read(t *testing.T, text string, change func(*dataset.Selection)) (*dataset.Data, error) {
	t.Helper()
	p := scan(t, text)
	sel := suggested(t, p)
	if change != nil {
		change(&sel)
	}
	return dataset.Read(t.Context(), strings.NewReader(text), p, sel)
}

// show writes a series as "key start: values".
func show(d *dataset.Data, i int) string {
	s := d.Series[i]
	var values []string
	for _, y := range s.Y {
		values = append(values, strings.ReplaceAll(fmt.Sprint(y), "NaN", "·"))
	}
	return fmt.Sprintf("%s %s: %s", s.Key, d.Layout.Format(s.Start), strings.Join(values, " "))
}

func mustFrequency(t *testing.T, word string) series.Frequency {
	t.Helper()
	f, err := series.ParseFrequency(word)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSeriesAreRegular(t *testing.T) {
	t.Parallel()
	counts := "date,n\n2024-01-01,1\n2024-01-02,2\n2024-01-02,4\n2024-01-03,3\n2024-01-03,3\n2024-01-04,5\n"
	means := strings.NewReplacer(",1", ",1.5", ",2", ",2.5", ",4", ",4.5", ",3", ",3.5", ",5", ",5.5").Replace(counts)
	days := "date,v\n" + lines(70, func(i int) string { return fmt.Sprintf("2024-%02d-%02d,%d", 1+i/28, 1+i%28, 1) })
	panel := "shop,date,sales,visits\nb,2024-01-01,1.5,7\na,2024-01-01,2.5,8\nb,2024-01-02,,9\na,2024-01-02,3.5,\nb,2024-01-03,4.5,6\na,2024-01-03,9.5,6\nb,2024-01-04,4.5,6\n"
	for name, c := range map[string]struct {
		text   string
		change func(*dataset.Selection)
		want   []string
		merged []int
	}{
		"gap":            {"date,v\n2024-01-01,1.5\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4\n2024-01-07,5\n", nil, []string{"v 2024-01-01: 1.5 2 3 4 · · 5"}, []int{0}},
		"descending":     {"date,v\n2024-01-04,4\n2024-01-03,3.5\n2024-01-02,2\n2024-01-01,1\n", nil, []string{"v 2024-01-01: 1 2 3.5 4"}, []int{0}},
		"counts add up":  {counts, nil, []string{"n 2024-01-01: 1 6 3 5"}, []int{2}},
		"others average": {means, nil, []string{"n 2024-01-01: 1.5 3.5 3.5 5.5"}, []int{2}},
		"first":          {counts, func(s *dataset.Selection) { s.Duplicates = "first" }, []string{"n 2024-01-01: 1 2 3 5"}, []int{2}},
		"last":           {counts, func(s *dataset.Selection) { s.Duplicates = "last" }, []string{"n 2024-01-01: 1 4 3 5"}, []int{2}},
		"coarser":        {days, func(s *dataset.Selection) { s.Frequency = mustFrequency(t, "MS"); s.Aggregate = "sum" }, []string{"v 2024-01-01: 28 28 14"}, []int{67}},
		"coarser ends":   {days, func(s *dataset.Selection) { s.Frequency = mustFrequency(t, "ME"); s.Aggregate = "max" }, []string{"v 2024-01-31: 1 1 1"}, []int{67}},
		"weeks":          {days, func(s *dataset.Selection) { s.Frequency = mustFrequency(t, "2W-MON"); s.Aggregate = "min" }, []string{"v 2024-01-01: 1 1 1 1 1 1"}, []int{64}},
		"panel": {panel, nil, []string{"b/sales 2024-01-01: 1.5 · 4.5 4.5", "b/visits 2024-01-01: 7 9 6 6",
			"a/sales 2024-01-01: 2.5 3.5 9.5", "a/visits 2024-01-01: 8 · 6"}, []int{0, 0, 0, 0}},
		"own starts":   {"date,a,b\n2024-01-01,1,\n2024-01-02,2,\n2024-01-03,3,7\n2024-01-04,,8\n", nil, []string{"a 2024-01-01: 1 2 3", "b 2024-01-03: 7 8"}, []int{0, 0}},
		"without time": {"v\n5.5\n6\n\n7\n\n\n", nil, []string{"v 1: 5.5 6 · 7"}, []int{0}},
		"matrix": {"year,jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec\n2020,1,2,3,4,5,6,7,8,9,10,11,12\n2021,1,2,,4,5,6,7,8,9,10,,\n", nil,
			[]string{"<cells> 2020-01-01: 1 2 3 4 5 6 7 8 9 10 11 12 1 2 · 4 5 6 7 8 9 10"}, []int{0}},
		"quarters":  {"q,v\n2020Q1,1\n2020Q2,2\n2020Q4,4.5\n2021Q1,3\n2021Q2,3\n", nil, []string{"v 2020Q1: 1 2 · 4.5 3 3"}, []int{0}},
		"mid-month": {"date,v\n2024-01-15,1\n2024-02-15,2\n2024-03-15,3\n2024-05-15,4.5\n", nil, []string{"v 2024-01-15: 1 2 3 · 4.5"}, []int{0}},
		"business days": {"date,v\n2024-01-04,1\n2024-01-05,2\n2024-01-08,3\n2024-01-09,4.5\n2024-01-10,4\n2024-01-11,4\n2024-01-12,4\n2024-01-15,4\n2024-01-17,4\n", nil,
			[]string{"v 2024-01-04: 1 2 3 4.5 4 4 4 4 · 4"}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := read(t, c.text, c.change)
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			var got []string
			for i := range d.Series {
				got = append(got, show(d, i))
			}
			if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(d.Merged, c.merged) {
				t.Errorf("got  %q merged %v\nwant %q merged %v", got, d.Merged, c.want, c.merged)
			}
		})
	}
}

// A clock change leaves no gap and no duplicate once the zone is known.
func TestTimezoneMendsClockChanges(t *testing.T) {
	t.Parallel()
	text := "time,v\n2024-10-26 23:00,1.5\n2024-10-27 00:00,2\n2024-10-27 01:00,3\n2024-10-27 02:00,4\n2024-10-27 02:00,5\n2024-10-27 03:00,6\n2024-10-27 04:00,7\n" +
		lines(20, func(i int) string { return fmt.Sprintf("2024-10-28 %02d:00,1", i) })
	d, err := read(t, text, func(s *dataset.Selection) { s.Timezone = "Europe/Berlin" })
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	s := d.Series[0]
	if want := []float64{1.5, 2, 3, 4, 5, 6, 7}; !reflect.DeepEqual(s.Y[:7], want) || d.Merged[0] != 0 {
		t.Errorf("values %v (%d merged), want %v", s.Y[:7], d.Merged[0], want)
	}
	if first, after := d.Layout.Format(s.Start), d.Layout.Format(s.Time(5)); first != "2024-10-26 23:00" || after != "2024-10-27 03:00" {
		t.Errorf("times are written %q and %q, want the wall clock of Berlin", first, after)
	}
}

func TestReadRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	text := "shop,date,v\na,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,3\na,2024-01-03,4\nb,2024-01-01,4\nb,2024-01-02,4\nb,2024-01-03,9\n"
	for name, c := range map[string]struct {
		change func(*dataset.Selection)
		code   string
		line   int
	}{
		"time":        {func(s *dataset.Selection) { s.Time = []string{"day"} }, "no_time_column", 0},
		"id":          {func(s *dataset.Selection) { s.IDs = []string{"store"} }, "column_not_found", 0},
		"target":      {func(s *dataset.Selection) { s.Targets = []string{"w"} }, "column_not_found", 0},
		"target kind": {func(s *dataset.Selection) { s.Targets = []string{"shop"} }, "target_not_numeric", 0},
		"no target":   {func(s *dataset.Selection) { s.Targets = nil }, "no_numeric_target", 0},
		"zone":        {func(s *dataset.Selection) { s.Timezone, s.Frequency = "Mars/Crater", mustFrequency(t, "h") }, "unknown_timezone", 0},
		"duplicates":  {func(s *dataset.Selection) { s.Duplicates = "error" }, "duplicate_timestamps", 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, text, c.change)
			var data *dataset.Error
			if !errors.As(err, &data) || data.Code != c.code || data.Line != c.line || data.Hint == "" {
				t.Errorf("Read = %v (%+v), want %s on line %d with a hint", err, data, c.code, c.line)
			}
		})
	}
}

// Missing cells, markers and sentinels are NaN; the rest is untouched.
func TestMissingValuesAreNaN(t *testing.T) {
	t.Parallel()
	d, err := read(t, "date;v\n"+lines(30, func(i int) string {
		cell := fmt.Sprintf("1.%03d,5", 100+i)
		switch i {
		case 5:
			cell = "n/a"
		case 7, 9:
			cell = "-9999"
		case 11:
			cell = ""
		}
		return fmt.Sprintf("2024-01-%02d;%s", 1+i, cell)
	}), nil)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	for i, y := range d.Series[0].Y {
		if lost := i == 5 || i == 7 || i == 9 || i == 11; lost != math.IsNaN(y) || !lost && y != float64(1100+i)+0.5 {
			t.Errorf("day %d = %v", i+1, y)
		}
	}
}

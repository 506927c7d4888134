package dataset_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

// Where nothing in the file decides, the profile asks, and is not confident.
func TestWhatCannotBeKnownIsAsked(t *testing.T) {
	t.Parallel()
	ambiguous := "date,v\n" + lines(12, func(i int) string { // 3 per month, never above 12: no order of steps decides
		return fmt.Sprintf("%02d/%02d/2024,%d", (i*5)%12+1, (i*7)%12+1, i)
	})
	for name, c := range map[string]struct{ text, code string }{
		"day or month":     {ambiguous, "ambiguous_date"},
		"one row":          {"time,v\n2024-01-01,1\n", "frequency_not_inferable"},
		"irregular times":  {"time,v\n2024-01-01 00:00:07,1\n2024-01-01 00:03:11,2\n2024-01-01 00:17:42,3\n2024-01-01 01:40:01,2\n2024-01-02 03:00:09,5\n2024-01-02 07:11:13,4\n", "frequency_not_inferable"},
		"duplicates":       {"date,v\n" + lines(30, func(i int) string { return fmt.Sprintf("2024-01-%02d,%d.5", i/3+1, i) }), "duplicate_timestamps"},
		"times unknown":    {"date,v\n" + lines(30, func(i int) string { return fmt.Sprintf("the %dth,%d.5", i, i) }), "no_time_column"},
		"a rising integer": {"n,v\n" + lines(30, func(i int) string { return fmt.Sprintf("%d,%d", 1900+i, i*i%17) }), "time_column"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scan(t, c.text)
			if !slices.ContainsFunc(p.NeedsChoice, func(q dataset.Choice) bool {
				return q.Code == c.code && (len(q.Options) > 0 || c.code == "no_time_column")
			}) {
				t.Errorf("needs_choice = %+v, want %s with options; candidates %+v", p.NeedsChoice, c.code, p.TimeCandidates)
			}
		})
	}
}

// Days above 12 decide the order wherever they stand; without them the steps
// do: first days of months in M/D/Y are no days of January.
func TestDateOrderIsVoted(t *testing.T) {
	t.Parallel()
	firsts := func(layout string) string {
		return "date,v\n" + lines(60, func(i int) string {
			return time.Date(2005, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC).Format(layout) + fmt.Sprintf(",%d", i)
		})
	}
	late := "date,v\n" + lines(20_000, func(i int) string { // the deciding rows lie far behind the head
		day := 1 + i%12
		if i > 19_990 {
			day = 13 + i%12
		}
		return fmt.Sprintf("%02d/%02d/%d,%d", day, 1+i/12%12, 1500+i/144, i)
	})
	for name, c := range map[string]struct{ text, format, frequency string }{
		"M/D/Y first of month": {firsts("1/2/2006"), "%-m/%-d/%Y", "MS"},
		"D/M/Y first of month": {firsts("02/01/2006"), "%d/%m/%Y", "MS"},
		"decided in the last":  {late, "%d/%m/%Y", ""},
		"month ends": {"date,v\n" + lines(30, func(i int) string {
			return time.Date(2020, time.Month(2+i), 0, 0, 0, 0, 0, time.UTC).Format("01/02/2006,1")
		}), "%m/%d/%Y", "ME"},
		"two digits everywhere": {"date,v\n" + lines(60, func(i int) string { return time.Date(2011, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("02/01/06") + ",1.5" }), "%d/%m/%y", "D"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scan(t, strings.ReplaceAll(c.text, ",1\n", ",1\n"))
			k := p.TimeCandidates[0]
			if k.Format != c.format || c.frequency != "" && deref(p.Frequency) != any(c.frequency) {
				t.Errorf("read as %s with steps of %v, want %s and %s; %+v", k.Format, deref(p.Frequency), c.format, c.frequency, p.TimeCandidates)
			}
		})
	}
}

// The id column of a panel may change for the first time far behind the head,
// and behind all rows that are kept for a closer look.
func TestLongPanelsAreToldApart(t *testing.T) {
	t.Parallel()
	start := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, length := range []int{1_000, 60_000, 130_000} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			t.Parallel()
			n := 2 * max(length, 130_000) / length
			p := scan(t, "id,t,y\n"+lines(n*length, func(i int) string {
				return fmt.Sprintf("s%d,%s,%d.5", i/length, start.Add(time.Duration(i%length)*time.Hour).Format("2006-01-02 15:04"), i%97)
			}))
			if !slices.Equal(p.SeriesID, []string{"id"}) || p.NSeries != n || p.DuplicateKeys != 0 || deref(p.Frequency) != any("h") || len(p.NeedsChoice) > 0 {
				t.Errorf("ids %v, %d series, %d duplicates, steps of %v, asks %v; want %d series by id", p.SeriesID, p.NSeries, p.DuplicateKeys, deref(p.Frequency), p.NeedsChoice, n)
			}
		})
	}
}

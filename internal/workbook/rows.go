package workbook

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// withTables lists the visible sheets with at least two rows of which one has
// two cells.
func withTables(book *excelize.File) ([]string, error) {
	var names []string
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		full, err := hasTable(book, name)
		if err != nil {
			return nil, damaged(err)
		}
		if full {
			names = append(names, name)
		}
	}
	return names, nil
}

func hasTable(book *excelize.File, name string) (bool, error) {
	rows, err := book.Rows(name)
	if err != nil {
		return false, nil // a chart has no rows
	}
	defer rows.Close()
	filled, wide := 0, false
	for seen := 0; rows.Next() && seen < 10_000; seen++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return false, err
		}
		if n := count(cells); n > 0 {
			filled++
			wide = wide || n > 1
		}
		if filled > 1 && wide {
			return true, nil
		}
	}
	return false, rows.Error()
}

func count(cells []string) (n int) {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// writeSheet reads the sheet twice at the same pace: what the cells hold, and
// what they show. Only the two together tell a date from a number.
func writeSheet(w io.Writer, book *excelize.File, name string) error {
	held, err := book.Rows(name)
	if err != nil {
		return damaged(err)
	}
	defer held.Close()
	shown, err := book.Rows(name)
	if err != nil {
		return damaged(err)
	}
	defer shown.Close()
	props, err := book.GetWorkbookProps()
	if err != nil {
		return damaged(err)
	}
	from1904 := props.Date1904 != nil && *props.Date1904
	out := csv.NewWriter(w)
	for held.Next() && shown.Next() {
		cells, err := held.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return damaged(err)
		}
		texts, err := shown.Columns(excelize.Options{RawCellValue: false})
		if err != nil {
			return damaged(err)
		}
		for i := range min(len(cells), len(texts)) {
			if date, ok := dateOf(cells[i], texts[i], from1904); ok {
				cells[i] = date
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	if err := held.Error(); err != nil {
		return damaged(err)
	}
	out.Flush()
	return out.Error()
}

// dateOf writes the date that a cell shows and holds as a count of days.
func dateOf(held, shown string, from1904 bool) (string, bool) {
	if held == shown || !strings.ContainsAny(shown, "-/:年") && strings.Count(shown, ".") < 2 && !hasMonth(shown) {
		return "", false
	}
	days, err := strconv.ParseFloat(held, 64)
	if err != nil || days < 0 || days > 2_958_465 { // 9999-12-31
		return "", false
	}
	if days < 1 {
		return clockOf(days, shown)
	}
	if days < 366 {
		return "", false
	}
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	t := origin.AddDate(0, 0, int(days)).Add(time.Duration(math.Round((days-math.Floor(days))*86_400)) * time.Second)
	if !shows(shown, t) {
		return "", false
	}
	if strings.Contains(shown, ":") || t.Hour()+t.Minute()+t.Second() > 0 {
		return t.Format("2006-01-02 15:04:05"), true
	}
	return t.Format("2006-01-02"), true
}

// clockOf writes a time of day.
func clockOf(days float64, shown string) (string, bool) {
	if !strings.Contains(shown, ":") {
		return "", false
	}
	t := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(days*86_400)) * time.Second)
	return t.Format("15:04:05"), true
}

func hasMonth(shown string) bool {
	for m := time.January; m <= time.December; m++ {
		if strings.Contains(strings.ToLower(shown), strings.ToLower(m.String()[:3])) {
			return true
		}
	}
	return false
}

// shows reports whether the parts of a date stand in a text: its year together
// with its month, or its month together with its day.
func shows(text string, t time.Time) bool {
	groups := map[string]bool{}
	for _, g := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		groups[strings.TrimLeft(g, "0")] = true
	}
	year := groups[strconv.Itoa(t.Year())] || groups[strings.TrimLeft(fmt.Sprintf("%02d", t.Year()%100), "0")]
	month := groups[strconv.Itoa(int(t.Month()))] || strings.Contains(strings.ToLower(text), strings.ToLower(t.Month().String()[:3]))
	return month && (year || groups[strconv.Itoa(t.Day())])
}

package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// resolve turns the names of the selection into columns of the table.
func (rd *reader) resolve() error {
	if err := rd.resolveTime(); err != nil {
		return err
	}
	if err := rd.resolveGrid(); err != nil {
		return err
	}
	for _, name := range rd.sel.IDs {
		c, err := rd.column(name)
		if err != nil {
			return err
		}
		rd.ids = append(rd.ids, c)
	}
	if err := rd.resolveBeside(); err != nil {
		return err
	}
	return rd.resolveTargets()
}

func (rd *reader) column(name string) (int, error) {
	c := slices.Index(rd.table.names, name)
	if c < 0 {
		return 0, &Error{Code: "column_not_found", Column: name, Detail: "the file has no such column", Hint: "columns: " + strings.Join(rd.table.names, ", ")}
	}
	return c, nil
}

// resolveTime finds the profile's candidate for the columns asked for.
func (rd *reader) resolveTime() error {
	if len(rd.sel.Time) == 0 {
		rd.layout = TimeLayout{index: true}
		return nil
	}
	i := slices.IndexFunc(rd.profile.TimeCandidates, func(k TimeCandidate) bool {
		return slices.Equal(k.Columns, rd.sel.Time) && (rd.sel.Format == "" || rd.sel.Format == k.Format)
	})
	if i < 0 {
		return &Error{Code: "no_time_column", Column: strings.Join(rd.sel.Time, piecesJoint), Detail: "these columns are no time candidate of the file", Hint: "choose one of time_candidates"}
	}
	k := rd.profile.TimeCandidates[i]
	if w := rd.table.wide; w != nil && len(k.Columns) == 1 && k.Columns[0] == w.header() {
		if rd.wide = w; w.rival != nil && w.layout.format != k.Format {
			rd.wide = w.rival
		}
		return rd.useGrid(&k)
	}
	format, names := k.Format, k.Columns
	if format == matrixFormat {
		rd.matrix = findMatrix(rd.table.names)
		format, names = "%Y", names[:1]
	}
	var columns []int
	for _, name := range names {
		c, err := rd.column(name)
		if err != nil {
			return err
		}
		columns = append(columns, c)
	}
	ps, ok := parsePieces(format, columns)
	if !ok || k.Format == matrixFormat && rd.matrix == nil {
		return &Error{Code: "no_time_column", Column: names[0], Detail: fmt.Sprintf("the time format %q is not understood", k.Format), Hint: "profile the file again"}
	}
	rd.clock = &clock{pieces: ps, wall: k.Frequency != nil && daysOrLonger(*k.Frequency)}
	return rd.useGrid(&k)
}

// daysOrLonger reports whether a grid runs on the wall, whatever the offsets.
func daysOrLonger(word string) bool {
	f, err := series.ParseFrequency(word)
	return err == nil && f.Unit != series.Second
}

// useGrid takes the candidate's grid where none was asked for.
func (rd *reader) useGrid(k *TimeCandidate) error {
	if rd.sel.Frequency == (series.Frequency{}) && k.Frequency != nil {
		if f, err := series.ParseFrequency(*k.Frequency); err == nil {
			rd.sel.Frequency = f
		}
	}
	rd.layout = ParseTimeLayout(k.Format, rd.sel.Frequency)
	return nil
}

// resolveGrid settles the grid and, with a time zone, the clock of the series:
// hours and minutes run in UTC, days and longer stay on the wall.
func (rd *reader) resolveGrid() error {
	rd.freq = rd.sel.Frequency
	if rd.clock == nil && rd.wide == nil {
		rd.freq = series.Frequency{Unit: series.Index, N: 1}
		return nil
	}
	if !rd.freq.Regular() {
		return &Error{Code: "frequency_not_inferable", Column: strings.Join(rd.sel.Time, piecesJoint), Detail: "the times follow no regular grid",
			Hint: `set frequency (for instance "h", "D", "W-MON", "MS") and aggregate (for instance "mean")`}
	}
	if rd.sel.Timezone == "" || rd.wide != nil || rd.freq.Unit != series.Second && !rd.clock.universal() {
		return nil
	}
	zone, err := time.LoadLocation(rd.sel.Timezone)
	if err != nil {
		return &Error{Code: "unknown_timezone", Detail: fmt.Sprintf("unknown time zone %q", rd.sel.Timezone), Hint: `use an IANA name such as "Europe/Berlin"`}
	}
	if rd.freq.Unit != series.Second {
		rd.days, rd.layout.days = zone, zone
		return nil
	}
	rd.zone, rd.layout.zone = zone, zone
	return nil
}

func (rd *reader) resolveTargets() error {
	if rd.matrix != nil || rd.wide != nil {
		rd.targets = []target{{name: wideCells, reading: readingOf(cmp.Or(rd.sel.Decimal, rd.profile.Decimal))}}
		if len(rd.sel.Targets) > 0 {
			rd.targets[0].name = rd.sel.Targets[0]
		}
		return nil
	}
	for _, name := range rd.sel.Targets {
		c, err := rd.column(name)
		if err != nil {
			return err
		}
		if c >= len(rd.profile.Columns) || rd.profile.Columns[c].Type == "text" || rd.profile.Columns[c].Type == "empty" {
			return &Error{Code: "target_not_numeric", Column: name, Detail: "the column holds no numbers", Hint: "choose one of " + strings.Join(rd.profile.Targets, ", ")}
		}
		t := targetOf(&rd.profile.Columns[c], c)
		if rd.sel.Decimal != "" && readingOf(rd.sel.Decimal) != t.reading {
			t.reading, t.sentinels, t.counts = readingOf(rd.sel.Decimal), nil, false
		}
		rd.targets = append(rd.targets, t)
	}
	if len(rd.targets) == 0 {
		return &Error{Code: "no_numeric_target", Detail: "no target column was chosen", Hint: "choose one of " + strings.Join(rd.profile.Targets, ", ")}
	}
	return nil
}

func targetOf(c *Column, column int) target {
	t := target{name: c.Name, column: column, reading: readingOf(c.Decimal), sentinels: c.Sentinels}
	if c.Type == "integer" && c.Min != nil {
		f, ok := parseFigure([]byte(*c.Min))
		t.counts = ok && f.value[t.reading] >= 0
	}
	return t
}

func readingOf(mark string) reading {
	if mark == "," {
		return commaDecimal
	}
	return dotDecimal
}

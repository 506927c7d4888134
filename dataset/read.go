package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// Read makes the regular series that sel asks for, from the same bytes that p
// was made of. Series come in the order of their first appearance, each from
// its first to its last value, with NaN where a step has none. Errors about
// the file or the selection are *[Error].
func Read(ctx context.Context, r io.Reader, p *Profile, sel Selection) (*Data, error) {
	t, err := openTable(ctx, r, readLimits(p))
	if err != nil {
		return nil, err
	}
	rd := &reader{table: t, profile: p, sel: sel, index: map[string]int{}}
	if err := rd.resolve(); err != nil {
		return nil, err
	}
	for {
		rec, _, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := rd.add(rec); err != nil {
			return nil, err
		}
		if rd.refused != nil {
			return nil, rd.refused
		}
	}
	return rd.data()
}

// readLimits let everything pass that a profile was made of.
func readLimits(p *Profile) Limits {
	return Limits{Columns: max(len(p.Columns), DefaultLimits.Columns) + 1, FieldBytes: 64 << 20, RecordBytes: 256 << 20}
}

// reader collects the points of every series.
type reader struct {
	table   *table
	profile *Profile
	sel     Selection
	clock   *clock // nil: rows are counted
	matrix  *matrix
	wide    *wide
	targets []target
	beside  []*beside
	ids     []int
	freq    series.Frequency
	layout  TimeLayout
	zone    *time.Location
	groups  []*group
	index   map[string]int // of groups, by the values of the id columns
	last    *group
	lastKey []byte
	key     []byte
	days    *time.Location // whose days the times begin, which are instants; nil: as written
	refused *Error         // a cell that the selection does not let pass
}

// target is one column of values.
type target struct {
	name      string
	column    int
	reading   reading
	sentinels []float64
	counts    bool // whole numbers from 0 up: duplicates add up
}

// group is one set of id values with the points of each target.
type group struct {
	ids    []string
	rows   int
	points [][]point
	beside [][]point // of the columns beside the targets; nil before the first
}

// point is one value of the file.
type point struct {
	at    int64 // micros
	value float64
	line  int32
}

// add takes the points of one record.
func (rd *reader) add(r *record) error {
	g := rd.group(r.fields)
	g.rows++
	switch {
	case rd.wide != nil:
		for i, column := range rd.wide.columns {
			rd.value(g, 0, r, column, rd.wide.times[i])
		}
		return nil
	case rd.clock == nil:
		return rd.values(g, r, int64(g.rows)*microsPerSecond)
	}
	at, o := rd.clock.read(r)
	if o != readable {
		return nil
	}
	if rd.days != nil {
		at.micros = rd.onDays(at.micros)
	}
	if rd.matrix == nil {
		return rd.values(g, r, at.micros)
	}
	for m, column := range rd.matrix.months {
		t := fromMicros(at.micros).AddDate(0, m, 0)
		rd.value(g, 0, r, column, t.UnixMicro())
	}
	return nil
}

func (rd *reader) values(g *group, r *record, at int64) error {
	for i := range rd.targets {
		rd.value(g, i, r, rd.targets[i].column, at)
	}
	if len(rd.beside) == 0 {
		return nil
	}
	return rd.companion(g, r, at)
}

func (rd *reader) value(g *group, i int, r *record, column int, at int64) {
	t := &rd.targets[i]
	f, ok := parseFigure(trim(r.fields[column]))
	if ok && !f.ok[t.reading] && rd.sel.Decimal != "" && rd.refused == nil {
		rd.refused = &Error{Code: "value_unparseable", Line: r.line, Column: rd.table.names[column], ByteOffset: rd.table.at(r), Detail: fmt.Sprintf("%q is no number whose decimal mark is %q", sample(trim(r.fields[column])), rd.sel.Decimal),
			Hint: "leave decimal out, or set it to the other mark"}
	}
	if !ok || !f.ok[t.reading] || slices.Contains(t.sentinels, f.value[t.reading]) {
		return
	}
	if v := f.value[t.reading]; !math.IsInf(v, 0) {
		g.points[i] = append(g.points[i], point{at: at, value: v, line: int32(min(r.line, math.MaxInt32))})
	}
}

// group returns the group that a record belongs to.
func (rd *reader) group(fields [][]byte) *group {
	rd.key = rd.key[:0]
	for _, c := range rd.ids {
		rd.key = append(append(rd.key, trim(fields[c])...), 0)
	}
	if rd.last != nil && string(rd.key) == string(rd.lastKey) {
		return rd.last
	}
	i, known := rd.index[string(rd.key)]
	if !known {
		i = len(rd.groups)
		rd.index[string(rd.key)] = i
		g := &group{points: make([][]point, len(rd.targets))}
		for _, c := range rd.ids {
			g.ids = append(g.ids, string(trim(fields[c])))
		}
		rd.groups = append(rd.groups, g)
	}
	rd.last, rd.lastKey = rd.groups[i], append(rd.lastKey[:0], rd.key...)
	return rd.last
}

// data lays the points of all series on the grid.
func (rd *reader) data() (*Data, error) {
	d := &Data{Layout: rd.layout}
	if rd.clock != nil && rd.clock.zoned {
		d.Layout.offset = int(rd.clock.offset)
	}
	d.Layout.late = rd.late()
	for _, g := range rd.groups {
		for i := range rd.targets {
			s := series.Series{Key: rd.seriesKey(g, i), IDs: orEmpty(g.ids), Target: rd.targets[i].name, Freq: rd.freq}
			if len(g.points[i]) == 0 {
				d.Empty = append(d.Empty, s.Key)
				continue
			}
			merged, err := rd.regular(&s, g.points[i], &rd.targets[i])
			if err != nil {
				return nil, err
			}
			g.points[i] = nil
			d.Series, d.Merged = append(d.Series, s), append(d.Merged, merged)
			if len(rd.beside) == 0 {
				continue
			}
			companions, err := rd.companions(g, &s)
			if err != nil {
				return nil, err
			}
			d.Beside = append(d.Beside, companions)
		}
	}
	if len(d.Series) == 0 {
		return nil, &Error{Code: "no_data_rows", Detail: "no row has both a readable time and a value", Hint: "choose other columns"}
	}
	return d, nil
}

func (rd *reader) seriesKey(g *group, target int) string {
	parts := slices.Clone(g.ids)
	if len(rd.targets) > 1 || len(parts) == 0 {
		parts = append(parts, rd.targets[target].name)
	}
	return strings.Join(parts, "/")
}

// maxSteps is how long a series may become on its grid.
const maxGridSteps = 5_000_000

func tooManySteps(key string, f series.Frequency) error {
	return &Error{Code: "frequency_too_fine", Detail: fmt.Sprintf("series %q would have more than %d steps of %s", key, maxGridSteps, f),
		Hint: "choose a coarser frequency"}
}

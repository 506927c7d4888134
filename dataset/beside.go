package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/series"
)

// MaxCategories is how many different words a column beside the target may hold.
const MaxCategories = 30

// Companion is a column beside a series, on the series' own grid: Values[0]
// belongs to its first step. It goes on after the end of the series as far as
// the file has values there; NaN where it has none.
type Companion struct {
	Column   string // name in the file
	Category string // of a column of words: which word it is about; "" for numbers
	Values   []float64
}

// Name tells the companion from the others of its series.
func (c Companion) Name() string {
	if c.Category == "" {
		return c.Column
	}
	return c.Column + "=" + c.Category
}

// beside is one column read beside the targets.
type beside struct {
	target
	words   bool
	markers []string       // cells that mean "missing" here
	codes   map[string]int // of words; the number stands in the points
	names   []string
	lines   []int // where a word stood first
}

// resolveBeside finds the columns read beside the targets.
func (rd *reader) resolveBeside() error {
	if len(rd.sel.Beside) > 0 && (rd.matrix != nil || rd.wide != nil) {
		return &Error{Code: "not_supported", Detail: "a file whose times stand in its header has no columns beside the target",
			Hint: "write one row per time, with the column beside the target"}
	}
	for _, name := range rd.sel.Beside {
		c, err := rd.column(name)
		if err != nil {
			return err
		}
		b := &beside{target: target{name: name, column: c, reading: dotDecimal}, words: true, codes: map[string]int{}}
		if c < len(rd.profile.Columns) {
			switch about := &rd.profile.Columns[c]; about.Type {
			case "integer", "number":
				b.target, b.words, b.markers = targetOf(about, c), false, about.Markers
			case "empty":
				return &Error{Code: "exogenous_unusable", Column: name, Detail: "the column is empty", Hint: "fill it, or leave it out of the request"}
			}
		}
		rd.beside = append(rd.beside, b)
	}
	return nil
}

// companion takes what a record says beside the target.
func (rd *reader) companion(g *group, r *record, at int64) error {
	if g.beside == nil {
		g.beside = make([][]point, len(rd.beside))
	}
	for i, b := range rd.beside {
		cell := trim(r.fields[b.column])
		if missing(cell) || slices.Contains(b.markers, string(cell)) {
			continue
		}
		value, err := b.read(cell, r.line)
		if err != nil {
			return err
		}
		if !math.IsNaN(value) {
			g.beside[i] = append(g.beside[i], point{at: at, value: value, line: int32(min(r.line, math.MaxInt32))})
		}
	}
	return nil
}

// read returns the number of a cell, or that of its word; NaN where the cell
// means nothing.
func (b *beside) read(cell []byte, line int) (float64, error) {
	if b.words {
		code, known := b.codes[string(cell)]
		if !known {
			if code = len(b.names); code >= MaxCategories {
				return 0, &Error{Code: "exogenous_unusable", Line: line, Column: b.name, Detail: fmt.Sprintf("the column holds more than %d different words", MaxCategories),
					Hint: "group them into fewer, or leave the column out of the request"}
			}
			b.codes[string(cell)] = code
			b.names, b.lines = append(b.names, string(cell)), append(b.lines, line)
		}
		return float64(code), nil
	}
	f, ok := parseFigure(cell)
	if !ok || !f.ok[b.reading] {
		return math.NaN(), nil // the profile has told of it
	}
	v := f.value[b.reading]
	if slices.Contains(b.sentinels, v) || math.IsInf(v, 0) {
		return math.NaN(), nil
	}
	return v, nil
}

// companions lays the columns beside a group on the grid of its series s.
// Several values in one step become their mean; of words, the share of each.
func (rd *reader) companions(g *group, s *series.Series) ([]Companion, error) {
	side := *rd
	side.sel.Duplicates, side.sel.Aggregate = "mean", "mean"
	var all []Companion
	for i, b := range rd.beside {
		var points []point
		if g.beside != nil {
			points = g.beside[i]
		}
		if !b.words {
			c, err := side.along(s, b.name, slices.Clone(points), &b.target)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
			continue
		}
		for _, code := range b.categories(points) {
			marks := slices.Clone(points)
			for k := range marks {
				if marks[k].value == float64(code) {
					marks[k].value = 1
				} else {
					marks[k].value = 0
				}
			}
			c, err := side.along(s, b.name, marks, &b.target)
			if err != nil {
				return nil, err
			}
			c.Category = b.names[code]
			all = append(all, c)
		}
	}
	return all, nil
}

// categories are the words of a series that get a column of their own, in the
// order of the file: all but one, which the others are measured against. That
// is a word for "no" when the column knows two, else the most frequent.
func (b *beside) categories(points []point) []int {
	count := map[int]int{}
	for _, p := range points {
		count[int(p.value)]++
	}
	codes, reference := []int{}, -1
	for code := range b.names {
		if count[code] == 0 {
			continue
		}
		codes = append(codes, code)
		if reference < 0 || count[code] > count[reference] {
			reference = code
		}
	}
	if len(codes) == 2 {
		for _, code := range codes {
			if negative(b.names[code]) {
				reference = code
			}
		}
	}
	if len(codes) < 2 {
		return codes
	}
	return slices.DeleteFunc(codes, func(code int) bool { return code == reference })
}

func negative(word string) bool {
	switch strings.ToLower(word) {
	case "no", "n", "false", "f", "off", "none", "nein", "non", "normal", "0":
		return true
	}
	return false
}

// along lays points on the grid of s, whatever lies before its start left out.
func (rd *reader) along(s *series.Series, name string, points []point, t *target) (Companion, error) {
	out := Companion{Column: name, Values: make([]float64, len(s.Y))}
	for i := range out.Values {
		out.Values[i] = math.NaN()
	}
	if len(points) == 0 {
		return out, nil
	}
	own := series.Series{Key: s.Key, Freq: s.Freq}
	if _, err := rd.regular(&own, points, t); err != nil {
		return out, err
	}
	shift := s.Freq.Steps(s.Start, own.Start)
	if shift > maxGridSteps-len(own.Y) {
		return out, tooManySteps(s.Key, s.Freq)
	}
	for i, v := range own.Y {
		switch at := i + shift; {
		case at < 0:
		case at < len(out.Values):
			out.Values[at] = v
		default:
			for len(out.Values) < at {
				out.Values = append(out.Values, math.NaN())
			}
			out.Values = append(out.Values, v)
		}
	}
	return out, nil
}

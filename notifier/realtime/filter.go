package realtime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/notifier/feed"
)

// maxValues is how many values an `in` may have.
const maxValues = 100

// filter is what a binding asks of a row: every condition has to hold.
type filter []condition

// condition compares one column. Its verdict on null is that of SQL: nothing is
// known of a comparison with null, and the opposite of that is not known either.
type condition struct {
	column string
	negate bool
	weight int // about how many comparisons the test takes
	test   func(text string, null bool) verdict
}

// weight is about how many comparisons a row takes.
func (f filter) weight() (sum int) {
	for _, c := range f {
		sum += c.weight
	}
	return sum
}

// verdict is a truth value of SQL.
type verdict int

const (
	unknown verdict = iota
	no
	yes
)

func verdictOf(holds bool) verdict {
	if holds {
		return yes
	}
	return no
}

// passes judges a row. What an image does not hold passes no condition.
func (f filter) passes(m *feed.Image) bool {
	for _, c := range f {
		text, kind := m.Get(c.column)
		if kind == feed.Absent {
			return false
		}
		v := c.test(text, kind == feed.Null)
		if c.negate && v != unknown {
			v = yes + no - v
		}
		if v != yes {
			return false
		}
	}
	return true
}

// parseFilter reads `column=[not.]operator.value`, several of them with commas
// between. The empty filter lets everything pass.
func parseFilter(s string, columns []feed.ColumnInfo) (filter, error) {
	var f filter
	p := &filterParser{rest: s}
	for strings.TrimSpace(p.rest) != "" {
		c, err := p.condition(columns)
		if err != nil {
			return nil, err
		}
		f = append(f, c)
	}
	return f, nil
}

// filterParser takes conditions off the front of a filter.
type filterParser struct{ rest string }

func (p *filterParser) condition(columns []feed.ColumnInfo) (c condition, err error) {
	column, rest, ok := strings.Cut(p.rest, "=")
	c.column = strings.TrimSpace(column)
	if !ok {
		return c, fmt.Errorf("filter %q has no =", p.rest)
	}
	at := slices.IndexFunc(columns, func(i feed.ColumnInfo) bool { return i.Name == c.column })
	if at < 0 {
		return c, unknownColumn(c.column)
	}
	rest, c.negate = strings.CutPrefix(rest, "not.")
	operator, rest, ok := strings.Cut(rest, ".")
	if !ok {
		return c, fmt.Errorf("filter on column %q has no operator, as in %s=eq.value", c.column, c.column)
	}
	p.rest = rest
	var values []string
	if operator == "in" {
		values, err = p.list()
	} else {
		values = make([]string, 1)
		values[0], err = p.value(",")
	}
	if err == nil {
		err = p.end()
	}
	if err == nil {
		c.test, c.weight, err = compile(operator, columns[at].Type, values)
	}
	if err != nil {
		err = fmt.Errorf("filter on column %q: %w", c.column, err)
	}
	return c, err
}

// end takes the comma between conditions.
func (p *filterParser) end() error {
	p.rest = strings.TrimSpace(p.rest)
	if p.rest == "" {
		return nil
	}
	after, ok := strings.CutPrefix(p.rest, ",")
	if !ok || strings.TrimSpace(after) == "" {
		return fmt.Errorf("%q follows the value", p.rest)
	}
	p.rest = after
	return nil
}

// value takes a value, in double quotes or up to one of the stops.
func (p *filterParser) value(stops string) (string, error) {
	if trimmed := strings.TrimLeft(p.rest, " "); strings.HasPrefix(trimmed, `"`) {
		p.rest = trimmed
		return p.quoted()
	}
	end := strings.IndexAny(p.rest, stops)
	if end < 0 {
		end = len(p.rest)
	}
	text := p.rest[:end]
	p.rest = p.rest[end:]
	return text, nil
}

// quoted takes a value in double quotes, where a backslash stands before quotes
// and backslashes.
func (p *filterParser) quoted() (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch ch := p.rest[i]; {
		case ch == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case ch == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(ch)
		}
	}
	return "", fmt.Errorf("quoted value %s has no end", p.rest)
}

// list takes values in parentheses.
func (p *filterParser) list() (values []string, err error) {
	rest, ok := strings.CutPrefix(p.rest, "(")
	if !ok {
		return nil, fmt.Errorf("in wants values in parentheses, as in in.(a,b)")
	}
	p.rest = rest
	for {
		v, err := p.value(",)")
		if err != nil {
			return nil, err
		}
		values = append(values, strings.TrimSpace(v))
		p.rest = strings.TrimLeft(p.rest, " ")
		if rest, ok := strings.CutPrefix(p.rest, ")"); ok {
			p.rest = rest
			break
		}
		if p.rest, ok = strings.CutPrefix(p.rest, ","); !ok {
			return nil, fmt.Errorf("the list of in has no end")
		}
	}
	if len(values) > maxValues {
		return nil, fmt.Errorf("in has %d values, at most %d", len(values), maxValues)
	}
	return values, nil
}

// unknownColumn is a column that the table does not have.
type unknownColumn string

func (c unknownColumn) Error() string {
	return fmt.Sprintf("column %q does not exist in public.jobs", string(c))
}

package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// askForCut speaks up when the delimiter of a comma-delimited file may have
// cut numbers: 1,5 would stand there as 1 and 5.
func (c *conclusion) askForCut() {
	t := c.table
	if t.sc.delim != ',' {
		return
	}
	if t.cut > 0 {
		c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("%d rows have more fields than the table, and commas of their numbers may be why, first on line %d. Name the target if its first part is all of it; else put the numbers in quotes", t.cut, t.cutLine))
		return
	}
	if t.hasHeader || len(c.verdicts) == 0 {
		return // it would have less names than the rows have fields
	}
	for i := range c.verdicts[1:] {
		if c.whole(i) && c.whole(i+1) && fractional(t.sample, i+1) {
			c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("%q and %q may be the two parts of numbers with a comma. Name the target if they are not; else put the numbers in quotes, or give the file a header", t.names[i], t.names[i+1]))
			return
		}
	}
}

// whole reports whether a column holds whole numbers that are no times.
func (c *conclusion) whole(i int) bool {
	return c.verdicts[i].typ == "integer" && !slices.Contains(c.timeColumns(), i) && !slices.Contains(c.ids, i)
}

// fractional reports whether all cells of a column are digits as they stand
// behind a decimal mark: of one width, or without zeros at their end.
func fractional(sample [][][]byte, column int) bool {
	fixed, trimmed, led, width, n := true, true, false, 0, 0
	for _, fields := range sample {
		cell := trim(fields[column])
		if len(cell) == 0 {
			continue
		}
		if !allDigits(cell) {
			return false
		}
		if n++; n == 1 {
			width = len(cell)
		}
		fixed = fixed && len(cell) == width
		trimmed = trimmed && (len(cell) == 1 || cell[len(cell)-1] != '0')
		led = led || len(cell) > 1 && cell[0] == '0'
	}
	return n > 0 && (fixed && (width <= 3 || led) || trimmed && (width <= 3 || led) && n >= 20)
}

func allDigits(cell []byte) bool {
	for _, c := range cell {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(cell) > 0
}

// mayBeCut reports whether a row with too many fields has numbers side by side
// of which the second may be the fraction of the first, and what the table has
// in its columns does not stand there any more, or digits behind them.
func (t *table) mayBeCut(fields [][]byte) bool {
	pair := false
	for i := 1; i < len(fields) && !pair; i++ {
		whole, part := trim(fields[i-1]), trim(fields[i])
		pair = allDigits(part) && len(whole) > 0 && len(whole) <= 15 && (allDigits(whole) || whole[0] == '-' && allDigits(whole[1:]))
	}
	if !pair {
		return false
	}
	for _, c := range t.typed {
		if kindOf(fields[c]) == text {
			return true
		}
	}
	return allDigits(trim(fields[t.width])) && slices.Contains(t.typed, t.width-1)
}

// settleMarks takes the dot for the decimal mark of a comma-delimited file whose
// dates are American.
func (c *conclusion) settleMarks() {
	if c.best == nil || c.best.tied || c.table.sc.delim != ',' {
		return
	}
	l := c.best.written()
	if l == nil || !l.has(halfDay) && !l.monthFirst() {
		return
	}
	for i := range c.verdicts {
		c.verdicts[i].unclear = c.verdicts[i].unclear && c.verdicts[i].reading != dotDecimal
	}
}

// monthFirst reports whether a layout begins with the number of a month, a
// slash and a day.
func (l *layout) monthFirst() bool {
	return len(l.tokens) > 2 && l.tokens[0].part == month2 && l.tokens[1].text == "/" && l.tokens[2].part == day2
}

// signWords are pairs of words that say of amounts whether they came or went.
var signWords = [][2]string{{"s", "h"}, {"d", "c"}, {"dr", "cr"}, {"db", "cr"}, {"debit", "credit"}, {"débit", "crédit"}, {"soll", "haben"}, {"debe", "haber"}, {"dare", "avere"}, {"af", "bij"}, {"d", "k"}, {"in", "out"}, {"+", "-"},
	{"buy", "sell"}, {"income", "expense"}, {"deposit", "withdrawal"}, {"einnahme", "ausgabe"}, {"eingang", "ausgang"}, {"receita", "despesa"}, {"ingreso", "gasto"}}

// askForSign speaks up when a column beside amounts without a sign says which
// of them are to be taken off.
func (c *conclusion) askForSign() {
	unsigned := slices.ContainsFunc(c.targets, func(i int) bool { return c.verdicts[i].tally.low.value >= 0 })
	for i := range c.columns {
		v := &c.columns[i]
		if !unsigned || v.many || slices.Contains(c.ids, i) {
			continue
		}
		var words []string
		for other := range v.others {
			words = append(words, strings.ToLower(strings.Trim(other, ".")))
		}
		for marker := range v.markers {
			words = append(words, marker)
		}
		if slices.ContainsFunc(signWords, func(pair [2]string) bool {
			return len(words) == 2 && slices.Contains(words, pair[0]) && slices.Contains(words, pair[1])
		}) {
			c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("the amounts have no sign, and %q seems to say which of them are taken off. Name the target to take them as they stand; else write the signs before the numbers", c.table.names[i]))
			return
		}
	}
}

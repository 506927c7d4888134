package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// askForHeaders speaks up when the names of the columns say more about time
// than was understood: parts of the row's time stand in the header, or another
// header stands among the rows.
func (c *conclusion) askForHeaders() {
	for i := range c.columns {
		for _, other := range sortedKeys(c.columns[i].others) {
			if j := slices.Index(c.table.names, other); j >= 0 && j != i && c.verdicts[i].typ != "text" {
				c.ask("value_unparseable", "target", c.profile.Targets, fmt.Sprintf("another header stands among the rows, with %q in the column %q: the columns may change their places there", other, c.table.names[i]))
				return
			}
		}
	}
	if len(c.targets) < 4 {
		return
	}
	for _, part := range headerParts {
		n := 0
		for _, i := range c.targets {
			if part(c.table.names[i]) {
				n++
			}
		}
		if n >= 4 && n*5 >= len(c.targets)*4 {
			names := c.labels()
			c.ask("time_column", "time_column", names, fmt.Sprintf("the columns %s seem to be parts of a time: they were taken as series of their own. Name the time column if they are, or write one row for each of them", strings.Join(c.profile.Targets[:4], ", ")))
			return
		}
	}
}

// headerParts recognise names of columns that are parts of a time.
var headerParts = []func(name string) bool{
	readsAs("Q%q"), readsAs("%qQ"), readsAs("T%q"), readsAs("K%q"), readsAs("Q%q."), readsAs("%H:%M"), readsAs("%H:%M:%S"), readsAs("%b"), readsAs("%B"),
	func(name string) bool {
		return readWeekday([]byte(name), true) == len(name) || readWeekday([]byte(name), false) == len(name)
	},
	func(name string) bool {
		n, err := strconv.Atoi(strings.TrimLeft(name, "hH"))
		return err == nil && n >= 0 && n <= 31
	},
}

func readsAs(format string) func(string) bool {
	l := mustLayout(format)
	return func(name string) bool { return readNames(l, [][]byte{[]byte(name)}) }
}

package dataset

import (
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// Selection says which series to read from a profiled file.
type Selection struct {
	Time       []string         // columns of one of the profile's time candidates; empty: count rows
	Format     string           // of the candidate, where several have these columns; "": the first
	Targets    []string         // numeric columns; "<cells>" for matrix layouts
	IDs        []string         // id columns; empty: one series per target
	Beside     []string         // columns read beside the targets, of numbers or of few words
	Frequency  series.Frequency // grid of the series; zero: as profiled
	Timezone   string           // IANA name for naive times, or of the days that times of UTC begin; "" keeps them as they are
	Decimal    string           // "." or ",": the decimal mark of the targets; "": as profiled
	Duplicates string           // "auto", "sum", "mean", "first", "last", "error"
	Aggregate  string           // how values within one step of a coarser Frequency merge; also "min", "max"; "" like Duplicates
}

// Data is what Read made of a file.
type Data struct {
	Series []series.Series // sorted by first appearance in the file
	Merged []int           // per series: rows merged into another because they share its step
	Empty  []string        // keys of series without a single value; they are left out
	Beside [][]Companion   // per series: the columns asked for beside it; empty when none was
	Layout TimeLayout      // writes times the way the file does
}

// ISO is the layout 2006-01-02T15:04:05 that reports use.
func ISO(t time.Time) string { return t.Format("2006-01-02T15:04:05") }

// ParseISO reads the layout that [ISO] writes.
func ParseISO(s string) (time.Time, error) { return time.Parse("2006-01-02T15:04:05", s) }

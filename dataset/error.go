package dataset

import "fmt"

// Error says what is wrong with a file, where, and what to do about it.
type Error struct {
	Code   string // snake_case, from the list in internal/problem
	Detail string // what is wrong, for the user
	Hint   string // what to do
	Line   int    // physical line, from 1; 0 when the whole file is meant
	Column string // column name; "" when no single column is meant

	// ByteOffset is where in the file the line, or the quote that is meant,
	// begins; 0 when the whole file is meant or its text was transcoded.
	ByteOffset int64
}

func (e *Error) Error() string {
	switch {
	case e.Line > 0 && e.Column != "":
		return fmt.Sprintf("line %d, column %q: %s", e.Line, e.Column, e.Detail)
	case e.Line > 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Detail)
	case e.Column != "":
		return fmt.Sprintf("column %q: %s", e.Column, e.Detail)
	}
	return e.Detail
}

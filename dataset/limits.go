package dataset

// Limits bound what a file may make the reader hold or count. A zero field
// means its value in [DefaultLimits].
type Limits struct {
	Columns     int // columns of the table
	FieldBytes  int // one field; also how far an open quote is followed
	RecordBytes int // one record
	Series      int // series told apart; beyond, the profile says so and counts no further
}

// DefaultLimits are the limits of a server that was told nothing else.
var DefaultLimits = Limits{Columns: 2_000, FieldBytes: 1 << 20, RecordBytes: 16 << 20, Series: 100_000}

func (l Limits) filled() Limits {
	for _, f := range []struct{ value, standard *int }{
		{&l.Columns, &DefaultLimits.Columns},
		{&l.FieldBytes, &DefaultLimits.FieldBytes},
		{&l.RecordBytes, &DefaultLimits.RecordBytes},
		{&l.Series, &DefaultLimits.Series},
	} {
		if *f.value <= 0 {
			*f.value = *f.standard
		}
	}
	return l
}

// headBytes is how much of the text decides the dialect. Measured files with a
// long preamble of metadata need some 10 KiB; the rest gives the types votes.
const headBytes = 256 << 10

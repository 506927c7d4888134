package job

// Column is a column of the table `jobs` as the catalog has it.
type Column struct {
	Name string
	Type uint32 // oid
}

// Texts is a row of `jobs` as Postgres prints it in UTC.
type Texts struct {
	Values    []*string // nil: null, or a value out of line that was not asked for
	OutOfLine []string  // the wide columns whose values lie apart from the row
}

// Running is a job that is being processed, in the version it has.
type Running struct {
	ID      ID
	Version int64
}

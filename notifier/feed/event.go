package feed

import (
	"time"

	"github.com/jackc/pglogrepl"

	"github.com/pgcast/pgcast/internal/job"
)

// Op is what happened to a row.
type Op string

// The three things that happen to rows.
const (
	Insert Op = "insert"
	Update Op = "update"
	Delete Op = "delete"
)

// Event is one committed change of one row of `jobs`.
type Event struct {
	Op Op

	// Job is the row after the change. Of a deleted row it holds what the source
	// knows: id, owner, and last status (replication) or version (LISTEN).
	Job job.Job

	// Row is the row as Postgres prints it; of a deleted one the identity.
	Row *Image

	// OldStatus is the status before the change: that of Job when the status
	// did not change, "" for an insert and where the source cannot tell.
	OldStatus job.Status

	// OldOwner is who owned the row before, when that was somebody else.
	OldOwner job.UserID

	// LSN is where the commit stands in the WAL, 0 when the source cannot tell.
	// With Index, the place in the transaction, it is the same for everybody who
	// follows this database.
	LSN   pglogrepl.LSN
	Index int

	// At is the commit time by the clock of the database, zero when not known.
	At time.Time
}

// Mode names the source that serves.
type Mode string

// The modes of a feed.
const (
	None        Mode = "none" // no source is live: changes wait for the next one
	Replication Mode = "replication"
	Listen      Mode = "listen"
	Poll        Mode = "poll" // notifications do not arrive: the database is asked every second
)

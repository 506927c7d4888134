package job

import (
	"slices"
	"time"
)

// Mark is a moment of a database, told by its transactions: what shows of the
// trail then. Ids of events become visible out of order, and so do ids of
// transactions; which ones had ended is what tells new from old.
type Mark struct {
	Database string    // which one, and which line of its history
	Next     uint64    // transactions from this one on had not begun
	Open     []uint64  // of those before, the ones that had not ended
	Last     int64     // no event that showed had a larger id; 0 when there was none
	At       time.Time // by the clock of the database, in whole seconds
}

// Shows reports whether the events of a transaction show at this moment.
func (m Mark) Shows(txid uint64) bool { return txid < m.Next && !slices.Contains(m.Open, txid) }

// After reports whether all that shows at the other moment shows at this one.
func (m Mark) After(other Mark) bool {
	if m.Database != other.Database || m.Next < other.Next {
		return false
	}
	return !slices.ContainsFunc(m.Open, other.Shows)
}

// Step is one change of status, as the trail has it.
type Step struct {
	ID         int64 // grows with the version of a job
	JobID      ID
	UserID     UserID // who owned the job then
	ForecastID string
	OldStatus  Status // "" for the first step of a job
	Status     Status // Deleted for the last one
	Version    int64
	Code       string // error code or reason
	Message    string
	TxID       uint64
}

// Deleted is the status in the trail of a job that was removed.
const Deleted Status = "deleted"

// Trail is a stretch of the trail, in the order of ids: all that shows at To and
// did not show at From.
type Trail struct {
	From, To Mark
	First    int64 // the id of the oldest event that is kept, 0 when there is none
	Steps    []Step
	Whole    bool // false: there are more steps than were to be read, or From is of elsewhere
}

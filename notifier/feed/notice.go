package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/internal/job"
)

// channel is where the trigger on `jobs` names changed rows, while some
// notifier asks for it.
const channel = "pgcast_status"

// many is the op of a notice about a statement that changed more rows than the
// trigger names.
const many Op = "many"

// moved is the op of a notice about a row that was somebody else's before: its
// user is the old owner.
const moved Op = "moved"

// notice is the payload of one notification: which row changed, never what
// it says. Payloads are capped at 8,000 bytes, and a user's text must not
// abort an operator's UPDATE. That of a statement with many rows says so, and
// names none.
type notice struct {
	ID        job.ID     `json:"id"`
	UserID    job.UserID `json:"user_id"`
	Version   int64      `json:"version"`
	Op        Op         `json:"op"`         // in the trigger's words: INSERT, UPDATE, DELETE, MOVED
	Status    job.Status `json:"status"`     // "" when the trigger leaves it out
	OldStatus job.Status `json:"old_status"` // likewise
}

// parseNotice reads a payload. Anybody who may connect may send on a channel,
// so nothing in it is trusted beyond being a hint.
func parseNotice(payload string) (notice, error) {
	var n notice
	if err := json.Unmarshal([]byte(payload), &n); err != nil {
		return n, fmt.Errorf("parse notification: %w", err)
	}
	n.Op = Op(strings.ToLower(string(n.Op)))
	switch n.Op {
	case many:
		return n, nil
	case Insert, Update, Delete, moved:
		if n.ID == (job.ID{}) || n.UserID == (job.UserID{}) {
			return n, errors.New("parse notification: no id or no user_id")
		}
		return n, nil
	}
	return n, fmt.Errorf("parse notification: unknown op %q", n.Op)
}

// event makes an event of a notice and the row as it is now, which may have
// moved on since.
func (n notice) event(row present, is bool) (Event, bool) {
	if n.Op == moved && is && n.UserID != row.UserID {
		before := n.UserID
		n.Op, n.UserID = Update, row.UserID
		e, ok := n.event(row, is)
		e.OldOwner = before
		return e, ok
	}
	e := Event{Op: n.Op, OldStatus: n.OldStatus}
	switch {
	case n.Op == moved:
		return e, false // it has come back meanwhile, or is gone
	case n.Op == Delete:
		if is {
			return e, false // the id is in use: the notice is not the database's
		}
		e.Job = job.Job{ID: n.ID, UserID: n.UserID, Status: n.OldStatus, Version: n.Version}
		e.Row = IdentityOf(n.ID, n.UserID, n.OldStatus)
		return e, true
	case !is:
		return e, false // gone again: its delete has a notice of its own
	case n.Version > row.Version || n.UserID != row.UserID:
		return e, false // not the database's
	case n.Version < row.Version && n.Status == "":
		return e, false // a later notice tells of the row as it is
	case n.Version < row.Version:
		e.Job, e.Row = n.past(row.Job), n.pastRow(row.image(n.Op))
	default:
		e.Job, e.Row = row.Job, row.image(n.Op)
	}
	return e, true
}

// past is the row as it was when the notice was sent.
func (n notice) past(row job.Job) job.Job { return Past(row, n.Version, n.Status) }

// Past is a row as it was in an earlier version, as far as is known: the status
// of then, and nothing that only a later status brings.
func Past(row job.Job, version int64, status job.Status) job.Job {
	row.Version = version
	row.Status = status
	if !status.Terminal() {
		row.FinishedAt = nil
		row.ModelUsed, row.Metrics, row.OutputPath = "", nil, ""
	}
	if status == job.Pending {
		row.StartedAt = nil
		row.Progress = job.Progress{}
	}
	return row
}

// pastRow is the same of an image.
func (n notice) pastRow(m *Image) *Image {
	values := map[string]value{"version": {strconv.FormatInt(n.Version, 10), Text}, "status": {string(n.Status), Text}}
	var empty []string
	if !n.Status.Terminal() {
		empty = append(empty, "finished_at", "model_used", "metrics", "output_file_path")
	}
	if n.Status == job.Pending {
		empty = append(empty, "started_at")
		values["progress"], values["stage"] = value{"0", Text}, value{"", Text}
	}
	for _, name := range empty {
		values[name] = value{kind: Null}
	}
	return m.with(values)
}

package feed

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// columnsFor is how long a list of columns is good. One of them may go before:
// then the reading fails, and the list is read again.
const columnsFor = time.Minute

// Steps makes events of the trail: what a source would have told of changes of
// status.
type Steps struct {
	rows Rows

	mu   sync.Mutex
	read *textReader
	at   time.Time // of its list of columns
}

// NewSteps reads rows from there.
func NewSteps(rows Rows) *Steps { return &Steps{rows: rows} }

// Events tells of steps, in their order, with the rows as they are and status,
// version and error of then. A row that is gone has only its last step, and one
// that is somebody else's by now has none.
func (s *Steps) Events(ctx context.Context, steps []job.Step) ([]Event, error) {
	read, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(steps))
	for batch := range slices.Chunk(steps, rowBatch) {
		told, err := read.steps(ctx, batch)
		if err != nil {
			s.mu.Lock()
			s.read = nil
			s.mu.Unlock()
			return nil, err
		}
		events = append(events, told...)
	}
	return events, nil
}

func (s *Steps) reader(ctx context.Context) (*textReader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read != nil && time.Since(s.at) < columnsFor {
		return s.read, nil
	}
	columns, err := s.rows.Columns(ctx)
	if err != nil {
		return nil, err
	}
	if s.read == nil || !slices.Equal(columns, s.read.columns) { // doors keep what they know of a list
		if s.read, err = newTextReader(s.rows, columns); err != nil {
			return nil, err
		}
	}
	s.at = time.Now()
	return s.read, nil
}

func (t *textReader) steps(ctx context.Context, steps []job.Step) ([]Event, error) {
	var ids, fresh []job.ID
	asked := make(map[job.ID]bool, len(steps))
	for _, s := range steps {
		if !asked[s.JobID] && s.Status != job.Deleted {
			asked[s.JobID] = true
			ids = append(ids, s.JobID)
		}
		if s.OldStatus == "" {
			fresh = append(fresh, s.JobID)
		}
	}
	present, err := t.rows(ctx, ids, fresh)
	if err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(steps))
	for _, s := range steps {
		row, is := present[s.JobID]
		if e, ok := t.step(s, row, is && s.Status != job.Deleted); ok {
			events = append(events, e)
		}
	}
	return events, nil
}

func (t *textReader) step(s job.Step, row present, is bool) (Event, bool) {
	n := notice{ID: s.JobID, UserID: s.UserID, Version: s.Version, Op: Update, Status: s.Status, OldStatus: s.OldStatus}
	switch {
	case s.Status == job.Deleted:
		n.Op, n.Status = Delete, ""
	case s.OldStatus == "":
		n.Op = Insert
	}
	e, ok := n.event(row, is)
	switch {
	case !ok:
	case e.Op == Delete:
		e.Row = e.Row.over(t.decoder.columns)
	case s.Version < row.Version:
		code, message := "", ""
		if s.Status == job.Failed {
			code, message = s.Code, s.Message
		}
		e.Job.ForecastID, e.Job.ErrorCode, e.Job.ErrorMessage = s.ForecastID, code, message
		e.Row = e.Row.with(map[string]value{
			"forecast_id": printText(s.ForecastID), "error_code": printText(code), "error_message": printText(message)})
	}
	return e, ok
}

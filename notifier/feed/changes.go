package feed

import (
	"context"
	"fmt"

	"github.com/pgcast/pgcast/internal/job"
)

// incomplete is an event whose image lacks columns that lie out of line.
type incomplete struct {
	event   Event
	missing []string
}

// maxWaiting bounds how many events wait for the values of other rows.
const maxWaiting = 256

// change turns one changed row into an event, and holds it back while earlier
// ones, or it, wait for values. One that nobody wants to hear of is not even read:
// who comes from now on finds it in the database.
func (r *replication) change(ctx context.Context, d *rowDecoder, m *change) error {
	if !r.interested(d.owner(m.new)) && !r.interested(d.owner(m.old)) {
		r.index++
		return nil
	}
	event, missing, err := d.event(m)
	if err != nil {
		return fmt.Errorf("decode a row of jobs: %w", err)
	}
	event.LSN, event.Index, event.At = r.begin.commit, r.index, r.begin.at
	r.index++
	if len(missing) == 0 && len(r.waiting) == 0 {
		r.add(event)
		return nil
	}
	r.waiting = append(r.waiting, incomplete{event, missing})
	if len(r.waiting) >= maxWaiting {
		return r.complete(ctx)
	}
	return nil
}

// event reads the images of a change.
func (d *rowDecoder) event(m *change) (e Event, missing []string, err error) {
	e.Op = m.op
	var old job.Job
	if m.old != nil {
		if old, _, err = d.row(m.old, nil); err != nil {
			return e, nil, err
		}
	}
	if m.op == Delete {
		e.Job, e.OldStatus, e.Row = old, old.Status, d.image(m.old, true)
		return e, nil, nil
	}
	if len(m.new) == len(d.columns) {
		e.Row = d.image(m.new, false)
	}
	if e.Job, missing, err = d.row(m.new, e.Row); err != nil {
		return e, nil, err
	}
	if m.op == Insert {
		return e, missing, nil
	}
	e.OldStatus = e.Job.Status // the identity comes along only when it changed
	if m.old != nil {
		e.OldStatus = old.Status
		if old.UserID != e.Job.UserID {
			e.OldOwner = old.UserID
		}
	}
	return e, missing, nil
}

// complete reads what the images lack and lets the events go, in order.
func (r *replication) complete(ctx context.Context) error {
	if len(r.waiting) == 0 {
		return nil
	}
	r.tell()
	ids := make([]job.ID, 0, len(r.waiting))
	for _, w := range r.waiting {
		if len(w.missing) > 0 {
			ids = append(ids, w.event.Job.ID)
		}
	}
	present, err := readRows(ctx, r.rows, ids)
	if err != nil {
		return err
	}
	for _, w := range r.waiting {
		if from, ok := present[w.event.Job.ID]; ok {
			fill(&w.event.Job, &from, w.missing)
			w.event.Row = w.event.Row.complete(&from, w.missing)
		}
		r.add(w.event)
	}
	r.waiting = r.waiting[:0]
	return nil
}

// readRows reads the present rows by id; those that are gone are left out.
func readRows(ctx context.Context, rows Rows, ids []job.ID) (map[job.ID]job.Job, error) {
	present := make(map[job.ID]job.Job, len(ids))
	if len(ids) == 0 {
		return present, nil
	}
	jobs, err := rows.Rows(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read changed rows: %w", err)
	}
	for _, j := range jobs {
		present[j.ID] = j
	}
	return present, nil
}

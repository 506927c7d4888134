package realtime

import (
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
)

// Of changes over a megabyte only values of up to 64 bytes are shown, with an
// error that says so.
const (
	maxRecord = 1 << 20
	maxShort  = 64
	tooLarge  = `"Error 413: Payload Too Large"`
)

// key is the column that is always shown.
const key = "id"

// event is a change as one identity may see it.
type event struct {
	kind   string      // INSERT, UPDATE, DELETE
	row    *feed.Image // nil for a delete
	old    *feed.Image // of a delete
	was    identity    // of an update
	commit time.Time   // zero when not known
	at     time.Time   // of commit, or about
}

// identity is what is known of a row before it changed: owner and status as far as
// they are not empty.
type identity struct {
	id     job.ID
	owner  job.UserID
	status job.Status
}

// eventOf reads what the hub has to tell; ok is false for what is no change.
func eventOf(i *hub.Item, v hub.Viewer) (e event, ok bool) {
	switch i.Kind {
	case hub.Deleted:
		e.kind, e.old = "DELETE", deletedRow(i, v)
	case hub.Changed:
		e.row = i.Change.Row
		if e.row == nil { // found by comparing with the database
			e.row = feed.ImageOf(&i.Change.Job)
		}
		e.kind = "INSERT"
		if i.Op != feed.Insert {
			e.kind, e.was = "UPDATE", identityBefore(i, v)
		}
		e.at = i.Change.Job.UpdatedAt
	default:
		return e, false
	}
	e.commit = i.Change.At
	if !e.commit.IsZero() {
		e.at = e.commit
	}
	if e.at.IsZero() {
		e.at = time.Now()
	}
	return e, true
}

// deletedRow is what is known of a row that is gone, or gone to somebody else,
// whose row is nobody's business here.
func deletedRow(i *hub.Item, v hub.Viewer) *feed.Image {
	if i.Change.Op == feed.Delete && i.Change.Row != nil {
		return i.Change.Row
	}
	owner := v.User
	if v.Role == hub.ServiceRole {
		owner = i.Change.Job.UserID
	}
	return feed.IdentityOf(i.JobID, owner, i.OldStatus)
}

// identityBefore is the identity before a change. Whose the row was before is told
// to them and the service role alone.
func identityBefore(i *hub.Item, v hub.Viewer) identity {
	owner := i.Change.OldOwner
	if owner == (job.UserID{}) {
		owner = i.Change.Job.UserID
	}
	if v.Role != hub.ServiceRole && owner != v.User {
		owner = job.UserID{}
	}
	return identity{i.JobID, owner, i.OldStatus}
}

// judged is the image that filters look at.
func (e *event) judged() *feed.Image {
	if e.row == nil {
		return e.old
	}
	return e.row
}

// data writes the part of a message that is about the row. only names the
// columns to show; nil: all.
func (e *event) data(b []byte, only []string) []byte {
	b = append(append(b, `{"schema":"public","table":"jobs","type":"`...), e.kind...)
	b = appendInstant(append(b, `","commit_timestamp":"`...), e.at)
	m := e.judged()
	f := formOf(m.Columns)
	b = append(f.list(append(b, `","columns":[`...), m.Columns, only), ']')
	cut := e.row != nil && e.row.Cut
	begin := len(b)
	b = e.images(b, f, only, cut)
	if len(b)-begin > maxRecord && !cut {
		cut = true
		b = e.images(b[:begin], f, only, cut)
	}
	if cut {
		return append(b, `,"errors":[`+tooLarge+`]}`...)
	}
	return append(b, `,"errors":null}`...)
}

func (e *event) images(b []byte, f *form, only []string, cut bool) []byte {
	if e.row != nil {
		b = record(append(b, `,"record":`...), e.row, f, only, cut)
	}
	switch {
	case e.old != nil:
		b = record(append(b, `,"old_record":`...), e.old, f, only, cut)
	case e.was.id != job.ID{}:
		b = e.was.record(append(b, `,"old_record":`...), only, cut)
	}
	return b
}

// record writes an image as an object. What is absent is left out.
func record(b []byte, m *feed.Image, f *form, only []string, cut bool) []byte {
	first := true
	for i := range m.Columns {
		text, kind := m.Value(i)
		if kind == feed.Absent || only != nil && !shows(only, m.Columns[i].Name) || cut && len(text) > maxShort {
			continue
		}
		b = append(append(b, separator(first)), f.names[i]...)
		first = false
		if kind == feed.Null {
			b = append(b, "null"...)
		} else {
			b = appendValue(b, f.shapes[i], text)
		}
	}
	return closed(b, first)
}

// record writes an identity as an object.
func (i *identity) record(b []byte, only []string, cut bool) []byte {
	b = hub.AppendUUID(append(b, `{"id":`...), i.id.UUID)
	if i.owner != (job.UserID{}) && shows(only, "user_id") {
		b = hub.AppendUUID(append(b, `,"user_id":`...), i.owner.UUID)
	}
	if i.status != "" && shows(only, "status") && !(cut && len(i.status) > maxShort) {
		b = hub.AppendString(append(b, `,"status":`...), string(i.status))
	}
	return append(b, '}')
}

// separator stands before a value of an object, and closed is an object whose
// values have been written, if there were any.
func separator(first bool) byte {
	if first {
		return '{'
	}
	return ','
}

func closed(b []byte, empty bool) []byte {
	if empty {
		b = append(b, '{')
	}
	return append(b, '}')
}

// shows reports whether a column is among those asked for.
func shows(only []string, name string) bool {
	if only == nil || name == key {
		return true
	}
	for _, want := range only {
		if want == name {
			return true
		}
	}
	return false
}

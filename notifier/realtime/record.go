package realtime

import (
	"bytes"
	"encoding/json"
	"strings"
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
	old    *feed.Image // nil for an insert
	commit time.Time   // zero when not known
	at     time.Time   // of commit, or about
}

// eventOf reads what the hub has to tell; ok is false for what is no change.
func eventOf(i hub.Item, v hub.Viewer) (e event, ok bool) {
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
			e.kind, e.old = "UPDATE", oldRow(i, v)
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
func deletedRow(i hub.Item, v hub.Viewer) *feed.Image {
	if i.Change.Op == feed.Delete && i.Change.Row != nil {
		return i.Change.Row
	}
	owner := v.User
	if v.Role == hub.ServiceRole {
		owner = i.Change.Job.UserID
	}
	return feed.IdentityOf(i.JobID, owner, i.OldStatus)
}

// oldRow is the identity before a change. Whose the row was before is told to
// them and the service role alone.
func oldRow(i hub.Item, v hub.Viewer) *feed.Image {
	owner := i.Change.OldOwner
	if owner == (job.UserID{}) {
		owner = i.Change.Job.UserID
	}
	if v.Role != hub.ServiceRole && owner != v.User {
		owner = job.UserID{}
	}
	return feed.IdentityOf(i.JobID, owner, i.OldStatus)
}

// judged is the image that filters look at.
func (e event) judged() *feed.Image {
	if e.row == nil {
		return e.old
	}
	return e.row
}

// data writes the part of a message that is about the row. only names the
// columns to show; nil: all.
func (e event) data(b *bytes.Buffer, only []string) {
	b.WriteString(`{"schema":"public","table":"jobs","type":"`)
	b.WriteString(e.kind)
	b.WriteString(`","commit_timestamp":"`)
	b.Write(e.at.UTC().AppendFormat(b.AvailableBuffer(), "2006-01-02T15:04:05.000Z"))
	b.WriteString(`","columns":[`)
	shown := e.judged().Columns
	formOf(shown).list(b, shown, only)
	cut := e.row != nil && e.row.Cut
	begin := b.Len() + 1
	b.WriteByte(']')
	e.images(b, only, cut)
	if b.Len()-begin > maxRecord && !cut {
		cut = true
		b.Truncate(begin)
		e.images(b, only, cut)
	}
	b.WriteString(`,"errors":`)
	if cut {
		b.WriteString("[" + tooLarge + "]}")
	} else {
		b.WriteString("null}")
	}
}

func (e event) images(b *bytes.Buffer, only []string, cut bool) {
	if e.row != nil {
		b.WriteString(`,"record":`)
		record(b, e.row, only, cut)
	}
	if e.old != nil {
		b.WriteString(`,"old_record":`)
		record(b, e.old, only, cut)
	}
}

// record writes an image as an object. What is absent is left out.
func record(b *bytes.Buffer, m *feed.Image, only []string, cut bool) {
	b.WriteByte('{')
	first, names := true, formOf(m.Columns).names
	for i, c := range m.Columns {
		text, kind := m.Value(i)
		if kind == feed.Absent || !shows(only, c.Name) || cut && len(text) > maxShort {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.Write(names[i])
		if kind == feed.Null {
			b.WriteString("null")
		} else {
			b.Write(appendValue(b.AvailableBuffer(), c.Type, text))
		}
	}
	b.WriteByte('}')
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

// appendValue writes a value the way Postgres's to_jsonb does.
func appendValue(b []byte, kind, text string) []byte {
	switch kind {
	case "bool":
		if text == "t" {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case "int2", "int4", "int8", "oid", "float4", "float8", "numeric":
		if text != "" && strings.Trim(text, "0123456789.+-eE") == "" { // not NaN, not Infinity
			return append(b, text...)
		}
	case "json", "jsonb":
		if json.Valid([]byte(text)) {
			return append(b, text...)
		}
	case "timestamptz":
		text = isoTime(text)
		if len(text) > 3 && (text[len(text)-3] == '+' || text[len(text)-3] == '-') {
			text += ":00"
		}
	case "timestamp":
		text = isoTime(text)
	}
	return hub.AppendString(b, text)
}

// isoTime puts the T between date and time.
func isoTime(text string) string { return strings.Replace(text, " ", "T", 1) }

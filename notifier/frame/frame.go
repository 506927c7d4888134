// Package frame is what the doors of pgcast's own say to clients: the JSON
// objects of docs/protocol.md, which are frames on /v1/ws and the data of
// events in a stream of server-sent events.
package frame

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/hub"
)

// The frames of a subscription. ID is absent where a connection has only one.
type (
	snapshot struct {
		Type   string            `json:"type"`
		ID     *int64            `json:"id,omitempty"`
		Jobs   []json.RawMessage `json:"jobs"`
		Cursor string            `json:"cursor,omitempty"`
	}
	deleted struct {
		Type      string     `json:"type"`
		JobID     job.ID     `json:"job_id"`
		Version   int64      `json:"version,omitempty"`
		OldStatus job.Status `json:"old_status,omitempty"`
		Replayed  bool       `json:"replayed,omitempty"`
		Cursor    string     `json:"cursor,omitempty"`
	}
	answer struct {
		Type   string `json:"type"`
		ID     *int64 `json:"id,omitempty"`
		Cursor string `json:"cursor,omitempty"`
	}
	expiring struct {
		Type    string `json:"type"`
		Seconds int    `json:"seconds"`
	}
)

// Expiring says how much longer a credential is good.
func Expiring(left time.Duration) []byte {
	return encode(expiring{"token_expiring", max(0, int(left.Seconds()))})
}

// Name is the type of the frame of an item; commit is when the change was
// committed, where that is known.
func Name(i *hub.Item) (name string, commit time.Time) {
	switch i.Kind {
	case hub.Snapshot:
		return "snapshot", time.Time{}
	case hub.Deleted:
		return "deleted", time.Time{}
	case hub.Reset:
		return "reset", time.Time{}
	case hub.Resumed:
		return "resumed", time.Time{}
	case hub.Moved:
		return "cursor", time.Time{}
	}
	return "job", i.Change.At
}

// Of writes what the hub has to tell; the result may lie in buf. The job of a
// change was encoded once for everybody and is only wrapped here. id says which
// subscription an item answers, nil: there is only one.
func Of(buf *bytes.Buffer, i *hub.Item, id *int64) []byte {
	name, _ := Name(i)
	switch i.Kind {
	case hub.Snapshot:
		jobs := make([]json.RawMessage, len(i.Jobs))
		for n, j := range i.Jobs {
			jobs[n] = hub.Encode(j)
		}
		return encode(snapshot{name, id, jobs, i.Cursor})
	case hub.Deleted:
		return encode(deleted{name, i.JobID, i.Version, i.OldStatus, i.Replayed, i.Cursor})
	case hub.Reset, hub.Resumed:
		return encode(answer{name, id, i.Cursor})
	case hub.Moved:
		return encode(answer{name, nil, i.Cursor})
	}
	buf.Reset()
	buf.WriteString(`{"type":"job","op":`)
	buf.Write(hub.AppendString(buf.AvailableBuffer(), string(i.Op)))
	if i.OldStatus != "" {
		buf.WriteString(`,"old_status":`)
		buf.Write(hub.AppendString(buf.AvailableBuffer(), string(i.OldStatus)))
	}
	if i.Replayed {
		buf.WriteString(`,"replayed":true`)
	}
	if i.Cursor != "" {
		buf.WriteString(`,"cursor":`)
		buf.Write(hub.AppendString(buf.AvailableBuffer(), i.Cursor))
	}
	buf.WriteString(`,"job":`)
	buf.Write(i.Change.JSON())
	buf.WriteByte('}')
	return buf.Bytes()
}

// encode writes a frame; the types above always have a JSON form.
func encode(frame any) []byte {
	b, err := json.Marshal(frame)
	if err != nil {
		panic("frame: " + err.Error())
	}
	return b
}

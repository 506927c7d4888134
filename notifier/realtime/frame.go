package realtime

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/pgcast/pgcast/notifier/hub"
)

// The events of the protocol.
const (
	eventJoin      = "phx_join"
	eventLeave     = "phx_leave"
	eventReply     = "phx_reply"
	eventClose     = "phx_close"
	eventError     = "phx_error"
	eventHeartbeat = "heartbeat"
	eventToken     = "access_token"
	eventChanges   = "postgres_changes"
	eventBroadcast = "broadcast"
	eventPresence  = "presence"
	eventSystem    = "system"
)

// socketTopic is the topic of what concerns the socket itself.
const socketTopic = "phoenix"

// message is one message in either direction. The refs are JSON strings, or
// numbers of odd clients, and come back as they came.
type message struct {
	joinRef json.RawMessage // nil: null
	ref     json.RawMessage
	topic   string
	event   string
	payload json.RawMessage
}

// serializer is a version of the framing: 1.0.0 has objects, 2.0.0 arrays, and
// binary frames for broadcasts.
type serializer int

var errGarbage = errors.New("not a message of the protocol")

// text reads a text frame.
func (v serializer) text(b []byte) (m message, err error) {
	if !utf8.Valid(b) {
		return m, errGarbage // parts of it are sent back
	}
	if v == 1 {
		return decodeObject(b)
	}
	return decodeArray(b)
}

func decodeObject(b []byte) (message, error) {
	var o struct {
		Topic   *string         `json:"topic"`
		Event   *string         `json:"event"`
		Payload json.RawMessage `json:"payload"`
		Ref     json.RawMessage `json:"ref"`
		JoinRef json.RawMessage `json:"join_ref"`
	}
	if err := json.Unmarshal(b, &o); err != nil || o.Topic == nil || o.Event == nil {
		return message{}, errGarbage
	}
	return message{joinRef: o.JoinRef, ref: o.Ref, topic: *o.Topic, event: *o.Event, payload: o.Payload}.checked()
}

func decodeArray(b []byte) (m message, err error) {
	var parts []json.RawMessage
	if json.Unmarshal(b, &parts) != nil || len(parts) != 5 {
		return m, errGarbage
	}
	m.joinRef, m.ref, m.payload = parts[0], parts[1], parts[4]
	if !isString(parts[2]) || !isString(parts[3]) {
		return m, errGarbage
	}
	if json.Unmarshal(parts[2], &m.topic) != nil || json.Unmarshal(parts[3], &m.event) != nil {
		return m, errGarbage
	}
	return m.checked()
}

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// checked makes sure that the refs may be sent back.
func (m message) checked() (message, error) {
	for _, ref := range []*json.RawMessage{&m.joinRef, &m.ref} {
		switch {
		case len(*ref) == 0 || string(*ref) == "null":
			*ref = nil
		case (*ref)[0] == '{' || (*ref)[0] == '[' || len(*ref) > 100:
			return message{}, errGarbage
		}
	}
	return m, nil
}

// push is the kind of binary frame that clients send: a broadcast. Its header
// holds the lengths of the strings behind it, one byte each.
const push = 3

// binary reads a binary frame. The payload of a broadcast stays where it is:
// nobody here looks into it.
func binary(b []byte) (m message, err error) {
	const header = 7 // kind, five lengths, encoding
	if len(b) < header || b[0] != push {
		return m, errGarbage
	}
	rest := b[header:]
	var parts [5]string // join_ref, ref, topic, event, metadata
	for i, n := range b[1:6] {
		if int(n) > len(rest) {
			return m, errGarbage
		}
		parts[i], rest = string(rest[:n]), rest[n:]
	}
	m = message{topic: parts[2], event: eventBroadcast}
	for i, ref := range []*json.RawMessage{&m.joinRef, &m.ref} {
		if parts[i] != "" {
			*ref = quote(parts[i])
		}
	}
	return m.checked()
}

// encode writes a message.
func (v serializer) encode(m message) []byte {
	b := v.begin(make([]byte, 0, len(m.payload)+len(m.topic)+96), &m)
	if len(m.payload) == 0 {
		b = append(b, "{}"...)
	} else {
		b = append(b, m.payload...)
	}
	return v.end(b)
}

// begin writes everything before the payload.
func (v serializer) begin(b []byte, m *message) []byte {
	if v == 1 {
		b = hub.AppendString(append(b, `{"topic":`...), m.topic)
		b = hub.AppendString(append(b, `,"event":`...), m.event)
		b = append(append(b, `,"ref":`...), orNull(m.ref)...)
		b = append(append(b, `,"join_ref":`...), orNull(m.joinRef)...)
		return append(b, `,"payload":`...)
	}
	b = append(append(b, '['), orNull(m.joinRef)...)
	b = append(append(b, ','), orNull(m.ref)...)
	b = hub.AppendString(append(b, ','), m.topic)
	b = hub.AppendString(append(b, ','), m.event)
	return append(b, ',')
}

// end writes what follows the payload.
func (v serializer) end(b []byte) []byte {
	if v == 1 {
		return append(b, '}')
	}
	return append(b, ']')
}

func orNull(ref json.RawMessage) string {
	if ref == nil {
		return "null"
	}
	return string(ref)
}

// quote writes a JSON string.
func quote(s string) []byte { return hub.AppendString(nil, s) }

// encoded writes a value that always has a JSON form.
func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("realtime: " + err.Error())
	}
	return b
}

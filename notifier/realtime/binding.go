package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/notifier/feed"
)

// maxBindings is how many a channel may have.
const maxBindings = 20

// binding is one thing that a channel wants to hear of.
type binding struct {
	id     int
	event  string // INSERT, UPDATE, DELETE or *
	filter filter
	only   []string // columns to show; nil: all
	group  string   // bindings of the same columns share a message
}

// matches reports whether a change is what the binding asks for.
func (b *binding) matches(e *event) bool {
	return (b.event == "*" || b.event == e.kind) && b.filter.passes(e.judged())
}

// asked is a binding as a client sends it. Fields that are no strings are as
// wrong as unknown words.
type asked struct {
	Event  string   `json:"event"`
	Schema string   `json:"schema"`
	Table  string   `json:"table"`
	Filter string   `json:"filter"`
	Select []string `json:"select"`
}

// compileBinding understands what a client asks for, or says what is wrong
// with it, in the words that hosted projects use where they have some.
func compileBinding(raw json.RawMessage, id int, columns []feed.ColumnInfo) (binding, error) {
	var a asked
	if err := json.Unmarshal(raw, &a); err != nil {
		return binding{}, errors.New("a binding is not understood: event, schema, table and filter are texts, select is a list of them")
	}
	b := binding{id: id, event: eventNamed(a.Event), only: a.Select}
	switch {
	case b.event == "":
		return b, fmt.Errorf("event %q is unknown; there are INSERT, UPDATE, DELETE and *", a.Event)
	case a.Schema != "" && a.Schema != "*" && a.Schema != "public",
		a.Table != "" && a.Table != "*" && a.Table != "jobs":
		return b, fmt.Errorf("there is table jobs of schema public to hear of, not %s.%s", a.Schema, a.Table)
	}
	var err error
	if b.filter, err = parseFilter(a.Filter, columns); err != nil {
		return b, err
	}
	if len(a.Select) == 0 {
		b.only = nil
	}
	for _, name := range b.only {
		known := false
		for _, c := range columns {
			known = known || c.Name == name
		}
		if !known {
			return b, unknownColumn(name)
		}
	}
	b.group = strings.Join(b.only, ",")
	return b, nil
}

// eventNamed is an event that a binding may name, "" for what is none. All bindings
// share the text.
func eventNamed(name string) string {
	for _, event := range [...]string{"*", "INSERT", "UPDATE", "DELETE"} {
		if strings.EqualFold(name, event) {
			return event
		}
	}
	return ""
}

// echo is a binding as it was sent, with its id. Clients compare the fields with
// what they sent, and take events by the id, which has to be neither 0 nor a
// text there and a number here.
func echo(raw json.RawMessage, id int) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil || b.Len() < 2 || b.Bytes()[0] != '{' {
		return nil, errors.New("a binding is not an object")
	}
	b.Truncate(b.Len() - 1)
	if b.Len() > 1 {
		b.WriteByte(',')
	}
	b.WriteString(`"id":` + strconv.Itoa(id) + `}`)
	return b.Bytes(), nil
}

// messages writes what a channel is told of a change: one message for all
// bindings that show the same columns.
func (v *view) messages(s serializer, e *event, each func([]byte)) {
	held := buffers.Get().(*[]byte)
	defer putBuffer(held)
	for i := range v.bindings {
		first := &v.bindings[i]
		if !first.matches(e) || v.before(i, e) {
			continue
		}
		b := s.begin((*held)[:0], &message{topic: v.topic, event: eventChanges})
		b = strconv.AppendInt(append(b, `{"ids":[`...), int64(first.id), 10)
		for _, other := range v.bindings[i+1:] {
			if other.group == first.group && other.matches(e) {
				b = strconv.AppendInt(append(b, ','), int64(other.id), 10)
			}
		}
		b = e.data(append(b, `],"data":`...), first.only)
		*held = s.end(append(b, '}'))
		each(*held)
	}
}

// before reports whether an earlier binding has told of this one too.
func (v *view) before(i int, e *event) bool {
	for _, other := range v.bindings[:i] {
		if other.group == v.bindings[i].group && other.matches(e) {
			return true
		}
	}
	return false
}

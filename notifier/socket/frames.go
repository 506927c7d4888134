package socket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/pgcast/pgcast/internal/job"
)

// maxJobs is how many jobs one subscription may name.
const maxJobs = 200

// inbound is a frame from the client. Which fields count depends on Type.
type inbound struct {
	Type   string           `json:"type"`   // "subscribe", "unsubscribe", "renew", "ping"
	ID     int64            `json:"id"`     // chosen by the client, comes back in answers
	All    bool             `json:"all"`    // subscribe
	Jobs   []job.ID         `json:"jobs"`   // subscribe
	After  map[job.ID]int64 `json:"after"`  // subscribe: version by job
	Cursor string           `json:"cursor"` // subscribe: where the client comes back from
	Token  string           `json:"token"`  // renew
	Ticket string           `json:"ticket"` // renew
}

// frameError is an answer to a frame that cannot be served.
type frameError struct {
	ID     int64  // of the frame, 0 when it could not be read
	Code   string // snake_case, listed in docs/protocol.md
	Detail string
	Hint   string
}

func (e *frameError) Error() string { return e.Code + ": " + e.Detail }

// parse reads one frame. Unknown fields are refused: a misspelt "jobs" would
// else wait in silence.
func parse(b []byte) (inbound, *frameError) {
	var f inbound
	if !utf8.Valid(b) {
		return f, &frameError{Code: "invalid_frame", Detail: "not UTF-8", Hint: "text messages are UTF-8"}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, &frameError{Code: "invalid_frame", Detail: fmt.Sprintf("not a frame: %v", err),
			Hint: `send for instance {"type":"subscribe","id":1,"all":true}`}
	}
	if _, err := dec.Token(); err != io.EOF {
		return f, &frameError{ID: f.ID, Code: "invalid_frame", Detail: "more than one JSON value in a message", Hint: "send one frame per message"}
	}
	return f, f.check()
}

func (f inbound) check() *frameError {
	refuse := func(code, detail, hint string) *frameError { return &frameError{f.ID, code, detail, hint} }
	switch f.Type {
	case "ping", "unsubscribe":
	case "renew":
		if (f.Token == "") == (f.Ticket == "") {
			return refuse("invalid_frame", "renew takes either token or ticket", `send {"type":"renew","token":"…"}`)
		}
	case "subscribe":
		switch {
		case f.All == (len(f.Jobs) > 0):
			return refuse("invalid_frame", `subscribe takes either "all": true or "jobs"`, `send {"type":"subscribe","id":1,"all":true}`)
		case len(f.Jobs) > maxJobs:
			return refuse("too_many_jobs", fmt.Sprintf("%d jobs in one subscription, at most %d", len(f.Jobs), maxJobs),
				`subscribe to all, or in several subscriptions`)
		}
	default:
		return refuse("unknown_type", fmt.Sprintf("unknown frame type %q", f.Type), "known types: subscribe, unsubscribe, renew, ping")
	}
	return nil
}

// The frames to the client.
type (
	helloFrame struct {
		Type             string `json:"type"`
		Server           string `json:"server"`
		HeartbeatSeconds int    `json:"heartbeat_seconds"`
		Source           string `json:"source"`
	}
	idFrame struct {
		Type string `json:"type"`
		ID   int64  `json:"id"`
	}
	errorFrame struct {
		Type   string `json:"type"`
		ID     int64  `json:"id,omitempty"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
		Hint   string `json:"hint"`
	}
)

// encode writes a frame; the types above always have a JSON form.
func encode(frame any) []byte {
	b, err := json.Marshal(frame)
	if err != nil {
		panic("socket: " + err.Error())
	}
	return b
}

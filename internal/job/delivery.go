package job

import "github.com/google/uuid"

// Delivery is one attempt to tell a webhook that a run has ended.
type Delivery struct {
	ID      uuid.UUID // the same for every attempt
	JobID   ID
	RunID   RunID
	URL     string // as asked for; not checked
	Payload string // JSON, the same bytes for every attempt
	Attempt int    // 1 for the first
}

// Tried is the outcome of a delivery's attempt.
type Tried struct {
	Delivery Delivery
	Response int    // HTTP status; 0: there was no answer
	Problem  string // "" means delivered
	Final    bool   // another attempt would end the same way
}

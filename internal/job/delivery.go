package job

import (
	"time"

	"github.com/google/uuid"
)

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

// Told is what has become of a delivery: a row of `webhook_deliveries` as its user
// sees it.
type Told struct {
	ID          uuid.UUID  `json:"webhook_id"`
	RunID       RunID      `json:"forecast_id"`
	URL         string     `json:"url"`
	Status      string     `json:"status"` // pending, delivered or failed
	Attempts    int        `json:"attempts"`
	Response    *int       `json:"response_status"` // of the last attempt; null when there was no answer
	Problem     string     `json:"error_message"`   // of the last attempt; "" when it went well
	CreatedAt   time.Time  `json:"created_at"`
	AttemptedAt *time.Time `json:"attempted_at"`
	EndedAt     *time.Time `json:"ended_at"` // null while it is tried again
}

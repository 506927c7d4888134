package job

import "time"

// Key is an Idempotency-Key with what it was used for.
type Key struct {
	Text        string
	Fingerprint []byte // of the request; the same key for another request is ErrKeyReused
}

// Answer is what an HTTP request was answered, kept under its key.
type Answer struct {
	Status int
	Body   string // JSON
}

// Quotas bound what one user may have and ask for; 0: no bound.
type Quotas struct {
	Jobs    int64 `json:"jobs"`         // jobs kept
	Bytes   int64 `json:"bytes"`        // of input files kept
	Runs    int64 `json:"runs_per_day"` // asked for within 24 hours; failed ones do not count
	Waiting int64 `json:"waiting_runs"` // not ended
}

// Usage is what a user has used of each quota.
type Usage struct {
	Quotas Quotas `json:"quotas"`
	Used   Quotas `json:"used"`
}

// Spending is what a request is about to use.
type Spending struct {
	Jobs, Bytes, Runs int64
}

// QuotaError says which quota a request would pass.
type QuotaError struct {
	Quota string        // its name in GET /v1/limits
	Limit int64         //
	Retry time.Duration // when it is worth trying again; 0: not before something is deleted
}

func (e *QuotaError) Error() string { return "job: quota " + e.Quota + " is used up" }

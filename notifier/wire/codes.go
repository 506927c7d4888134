package wire

// Close codes, see docs/protocol.md. The reason sent along is one of the words
// in the comments.
const (
	CloseRestarting = 1012 // restarting: come back, with jitter
	CloseToken      = 4401 // token_expired, ticket_invalid: come back with a new one
	CloseForbidden  = 4403 // forbidden: this role sees nothing; do not come back
	CloseIdle       = 4408 // idle: no answer to pings; come back
	CloseSlow       = 4413 // slow: too much waited for this client; come back, reading faster
	CloseTooMany    = 4429 // too_many_sockets: come back later, with fewer
)

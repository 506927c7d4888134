package socket

// Close codes, see docs/protocol.md. The reason sent along is one of the words
// in the comments.
const (
	closeRestarting = 1012 // restarting: come back, with jitter
	closeToken      = 4401 // token_expired, ticket_invalid: come back with a new one
	closeForbidden  = 4403 // forbidden: this role sees nothing; do not come back
	closeIdle       = 4408 // idle: no answer to pings; come back
	closeSlow       = 4413 // slow: too much waited for this client; come back, reading faster
	closeTooMany    = 4429 // too_many_sockets: come back later, with fewer
)

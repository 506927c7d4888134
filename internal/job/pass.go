package job

import "time"

// Pass is what the client of a stream of events comes back with, when it cannot
// set headers of its own and its ticket is used up.
type Pass struct {
	User    UserID
	Role    string
	Secret  string
	Expires time.Time
}

package hub

import (
	"errors"

	"github.com/pgcast/pgcast/internal/job"
)

// The roles that see something.
const (
	Authenticated = "authenticated"
	ServiceRole   = "service_role"
)

// ErrRole refuses a session to a role that would see nothing.
var ErrRole = errors.New("hub: role sees no jobs")

// Viewer is who looks.
type Viewer struct {
	User job.UserID // zero for the service role
	Role string
}

// sees reports whether a row of this owner may be shown.
func (v Viewer) sees(owner job.UserID) bool {
	switch v.Role {
	case ServiceRole:
		return true
	case Authenticated:
		return owner == v.User && owner != (job.UserID{})
	}
	return false
}

func (v Viewer) check() error {
	if v.Role == ServiceRole || v.Role == Authenticated && v.User != (job.UserID{}) {
		return nil
	}
	return ErrRole
}

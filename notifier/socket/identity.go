package socket

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/notifier/hub"
)

// Identity is who a credential belongs to, and until when.
type Identity struct {
	User    job.UserID
	Role    string
	Expires time.Time // zero: the door decides
}

func (i Identity) viewer() hub.Viewer { return hub.Viewer{User: i.User, Role: i.Role} }

// Credentials judges what clients show.
type Credentials interface {
	// Verify checks an access token.
	Verify(ctx context.Context, token string) (Identity, error)
	// Redeem uses up a one-use ticket. It returns job.ErrTicket when the ticket
	// is unknown, used or expired.
	Redeem(ctx context.Context, ticket string) (job.UserID, string, error)
}

// Subprotocols a client offers: the protocol, and, from browsers, which can
// set no header, the ticket.
const (
	subprotocol  = "pgcast.v1"
	ticketPrefix = "ticket."
)

// credential is what one request shows.
type credential struct {
	token  string
	ticket string
}

// credentialOf finds the credential in the headers. One in the URL would stand
// in every log on the way and is not looked for.
func credentialOf(r *http.Request) (credential, bool) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return credential{token: strings.TrimSpace(token)}, true
	}
	for _, p := range websocket.Subprotocols(r) {
		if ticket, ok := strings.CutPrefix(p, ticketPrefix); ok && ticket != "" {
			return credential{ticket: ticket}, true
		}
	}
	return credential{}, false
}

// identify judges a credential. A ticket tells no time, so a socket opened
// with one lives for the door's own term.
func (d *Door) identify(ctx context.Context, c credential) (Identity, error) {
	if c.ticket == "" {
		return d.config.Credentials.Verify(ctx, c.token)
	}
	user, role, err := d.config.Credentials.Redeem(ctx, c.ticket)
	if err != nil {
		return Identity{}, err
	}
	return Identity{User: user, Role: role, Expires: time.Now().Add(d.config.TicketTerm)}, nil
}

// allowedOrigin reports whether a page of this origin may connect: the same
// host, or one of the list. Clients that are no browsers send no origin.
func (d *Door) allowedOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(d.config.Origins, origin) || slices.Contains(d.config.Origins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// refuse answers a request that does not become a socket.
func refuse(w http.ResponseWriter, r *http.Request, p problem.Problem) {
	p.Instance = r.URL.Path
	w.Header().Set("Content-Type", problem.ContentType)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.JSON())
}

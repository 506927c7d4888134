package socket

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/notifier/hub"
)

// Credentials judges what clients show.
type Credentials interface {
	// Verify checks an access token.
	Verify(ctx context.Context, token string) (auth.User, error)
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

var errNoCredential = errors.New("no access token and no ticket")

// identify judges the credential in the headers of a request. One in the URL
// would stand in every log on the way and is not looked for.
func (d *Door) identify(r *http.Request) (auth.User, error) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return d.config.Credentials.Verify(r.Context(), strings.TrimSpace(token))
	}
	for _, p := range websocket.Subprotocols(r) {
		if ticket, ok := strings.CutPrefix(p, ticketPrefix); ok && ticket != "" {
			return d.redeem(r.Context(), ticket)
		}
	}
	return auth.User{}, errNoCredential
}

// redeem uses up a ticket. A ticket tells no time, so a socket opened with one
// lives for the door's own term.
func (d *Door) redeem(ctx context.Context, ticket string) (auth.User, error) {
	user, role, err := d.config.Credentials.Redeem(ctx, ticket)
	if err != nil && !errors.Is(err, job.ErrTicket) {
		d.config.Log.Error("ticket not redeemed", "error", err)
	}
	return auth.User{ID: user, Role: role, Expires: time.Now().Add(d.config.TicketTerm)}, err
}

// refusal says how to answer a request whose credential is not good. A bad
// ticket is answered on the socket.
func (d *Door) refusal(err error) (p problem.Problem, ok bool) {
	switch {
	case err == nil, errors.Is(err, job.ErrTicket):
		return p, true
	case errors.Is(err, errNoCredential):
		return problem.New("unauthenticated", err.Error()).
			WithHint("send Authorization: Bearer, or the subprotocols pgcast.v1 and ticket.<value> with a ticket from POST /v1/ws/ticket"), false
	case errors.Is(err, auth.ErrUnauthenticated):
		return problem.New("unauthenticated", err.Error()), false
	}
	return problem.New("unavailable", "the credential cannot be checked now"), false
}

func viewer(u auth.User) hub.Viewer { return hub.Viewer{User: u.ID, Role: u.Role} }

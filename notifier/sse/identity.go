package sse

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// Credentials judges what clients show.
type Credentials interface {
	// Verify checks an access token.
	Verify(ctx context.Context, token string) (auth.User, error)
	// Redeem uses up a one-use ticket. It returns job.ErrTicket when the ticket
	// is unknown, used or expired.
	Redeem(ctx context.Context, ticket string) (job.UserID, string, error)
}

var errNoCredential = errors.New("no access token and no ticket")

// identify judges the credential of a request. An EventSource can set no
// header, so a ticket may stand in the address, and only a ticket: by the time
// that the address stands in a log it has been used up.
func (d *Door) identify(r *http.Request) (auth.User, error) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return d.config.Credentials.Verify(r.Context(), strings.TrimSpace(token))
	}
	ticket := r.URL.Query().Get("ticket")
	if ticket == "" {
		return auth.User{}, errNoCredential
	}
	user, role, err := d.config.Credentials.Redeem(r.Context(), ticket)
	return auth.User{ID: user, Role: role, Expires: time.Now().Add(d.config.TicketTerm)}, err
}

// refusal says what is wrong with a credential.
func (d *Door) refusal(err error) problem.Problem {
	switch {
	case errors.Is(err, job.ErrTicket):
		return problem.New("unauthenticated", "the ticket is unknown, used or expired").WithHint("get a new one from POST /v1/ws/ticket")
	case errors.Is(err, errNoCredential):
		return problem.New("unauthenticated", err.Error()).
			WithHint("send Authorization: Bearer, or ?ticket= with a ticket from POST /v1/ws/ticket")
	case errors.Is(err, auth.ErrUnauthenticated):
		return problem.New("unauthenticated", err.Error())
	}
	d.config.Log.Error("credential not checked", "error", err)
	return problem.New("unavailable", "the credential cannot be checked now")
}

// refuse answers a request that does not become a stream.
func refuse(w http.ResponseWriter, r *http.Request, p problem.Problem) {
	p.Instance = r.URL.Path
	w.Header().Set("Content-Type", problem.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.JSON())
}

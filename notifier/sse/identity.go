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
	// OpenStream uses a one-use ticket up for a stream, and makes a pass that is
	// good for term. It returns job.ErrTicket when the ticket is unknown, used or
	// expired.
	OpenStream(ctx context.Context, ticket string, term time.Duration) (job.Pass, error)
	// ReopenStream tells whose stream a used ticket and its pass open again. It
	// returns job.ErrTicket when they do not belong together, or no longer.
	ReopenStream(ctx context.Context, ticket, secret string) (job.Pass, error)
	// EndPass ends what a pass is good for.
	EndPass(ctx context.Context, secret string) error
}

// passMark stands between a cursor and a pass in the id of an event.
const passMark = "~"

// identity is who asks for a stream.
type identity struct {
	auth.User
	pass string // with which its client comes back; "": it has a token
}

// place is where a client comes back from, and the pass it shows.
type place struct{ cursor, pass string }

// parsePlace reads the id of an event. From an address comes any text: one that
// would break the stream in which it is said again is no place.
func parsePlace(id string) place {
	if strings.ContainsAny(id, "\r\n\x00") {
		return place{}
	}
	cursor, pass, _ := strings.Cut(id, passMark)
	return place{cursor, pass}
}

var errNoCredential = errors.New("no access token and no ticket")

// identify judges the credential of a request. An EventSource can set no
// header, so a ticket may stand in the address, and only a ticket: by the time
// that the address stands in a log it has been used up. When it comes back by
// itself it is to the same address, and the pass is in the header that holds its
// place.
func (d *Door) identify(r *http.Request, from place) (identity, error) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		who, err := d.config.Credentials.Verify(r.Context(), strings.TrimSpace(token))
		return identity{User: who}, err
	}
	ticket := r.URL.Query().Get("ticket")
	if ticket == "" {
		return identity{}, errNoCredential
	}
	var p job.Pass
	var err error
	if from.pass != "" {
		p, err = d.config.Credentials.ReopenStream(r.Context(), ticket, from.pass)
	} else {
		p, err = d.config.Credentials.OpenStream(r.Context(), ticket, d.config.TicketTerm)
	}
	return identity{auth.User{ID: p.User, Role: p.Role, Expires: p.Expires}, p.Secret}, err
}

// from reads where a client comes back from. An EventSource that comes back by
// itself keeps its address, and says in the header how far it has come since. A
// pass that stands in an address may stand in a log, and is good for nothing from
// then on.
func (d *Door) from(r *http.Request) place {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return parsePlace(id)
	}
	p := parsePlace(r.URL.Query().Get("cursor"))
	if p.pass != "" {
		if err := d.config.Credentials.EndPass(r.Context(), p.pass); err != nil {
			d.config.Log.Error("pass not ended", "error", err)
		}
	}
	return place{cursor: p.cursor}
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

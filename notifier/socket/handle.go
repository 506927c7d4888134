package socket

import (
	"context"
	"errors"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/hub"
)

// patience is how long the database may take to serve one frame.
const patience = 10 * time.Second

// handle serves one frame.
func (c *conn) handle(ctx context.Context, message []byte) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f, refused := parse(message)
	if refused == nil {
		refused = c.serve(ctx, f)
	}
	if refused != nil {
		c.refuse(refused)
	}
}

func (c *conn) serve(ctx context.Context, f inbound) *frameError {
	switch f.Type {
	case "subscribe":
		return c.subscribe(ctx, f)
	case "unsubscribe":
		c.session.Unsubscribe(f.ID)
		c.send(encode(idFrame{"unsubscribed", f.ID}))
	case "renew":
		return c.renew(ctx, f)
	case "ping":
		c.send(encode(idFrame{"pong", f.ID}))
	}
	return nil
}

func (c *conn) subscribe(ctx context.Context, f inbound) *frameError {
	err := c.session.Subscribe(ctx, f.ID, hub.Interest{All: f.All, Jobs: f.Jobs, After: f.After, Cursor: f.Cursor})
	switch {
	case err == nil, errors.Is(err, hub.ErrClosed), errors.Is(err, hub.ErrSlow):
		return nil
	case errors.Is(err, hub.ErrSubscriptions):
		return &frameError{f.ID, "too_many_subscriptions", "this connection has too many subscriptions", "unsubscribe from some, or name several jobs in one"}
	}
	c.door.config.Log.Error("subscription not served", "error", err)
	return &frameError{f.ID, "database_unavailable", "the snapshot cannot be read now", "subscribe again in a few seconds"}
}

// renew takes a newer credential of the same user.
func (c *conn) renew(ctx context.Context, f inbound) *frameError {
	var who auth.User
	var err error
	if f.Ticket != "" {
		who, err = c.door.redeem(ctx, f.Ticket)
	} else {
		who, err = c.door.config.Credentials.Verify(ctx, f.Token)
	}
	switch {
	case errors.Is(err, job.ErrTicket):
		return &frameError{f.ID, "ticket_invalid", "the ticket is unknown, used or expired", "get a new one from POST /v1/ws/ticket"}
	case errors.Is(err, auth.ErrUnauthenticated):
		return &frameError{f.ID, "unauthenticated", err.Error(), "send a token that has not expired"}
	case err != nil:
		return &frameError{f.ID, "unavailable", "the credential cannot be checked now", "try again in a few seconds"}
	case viewer(who) != c.session.Viewer():
		return &frameError{f.ID, "forbidden", "the credential is somebody else's", "open a new connection for another user"}
	}
	c.send(encode(idFrame{"renewed", f.ID})) // before the warning that may follow at once
	c.expire(who.Expires)
	return nil
}

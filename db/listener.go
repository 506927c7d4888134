package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/jackc/pgx/v5"
)

// How a listener finds out that its connection is dead: a read alone does not
// notice a peer that vanished.
const (
	quiet       = 15 * time.Second // without a notification, then a ping
	pingTimeout = 5 * time.Second
	dialTimeout = 15 * time.Second
)

// Listener holds one connection that listens, and makes a new one whenever it
// breaks. Notifications are hints: those sent while it was away are lost, which
// is why OnConnect is the place to look at everything once.
type Listener struct {
	URL      string   // direct or session connection; a transaction pooler carries no LISTEN
	Channels []string // what to listen to

	// OnConnect is called on each new connection after LISTEN, so that what
	// happened meanwhile is seen either by it or as a notification. An error
	// gives the connection up. May be nil. The connection is the listener's
	// again when OnConnect returns; a session lock taken on it lasts as long
	// as the connection.
	OnConnect func(ctx context.Context, conn *pgx.Conn) error

	OnNotify func(channel, payload string) // must not block
	OnLost   func(err error)               // the connection broke; may be nil
	Log      *slog.Logger                  // may be nil
}

// Run listens until ctx ends, and returns nil then.
func (l *Listener) Run(ctx context.Context) error {
	log := l.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	config, err := pgx.ParseConfig(l.URL)
	if err != nil {
		return fmt.Errorf("parse database url: %w", err)
	}
	setAppName(config, "")

	pauses := &backoff.ExponentialBackOff{
		InitialInterval: 50 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 5 * time.Second,
	}
	for ctx.Err() == nil {
		err := l.listen(ctx, config, pauses.Reset)
		if ctx.Err() != nil {
			return nil
		}
		if l.OnLost != nil {
			l.OnLost(err)
		}
		pause := pauses.NextBackOff()
		log.Warn("listener lost its connection", "error", err, "retry_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// listen serves one connection until it breaks or ctx ends.
func (l *Listener) listen(ctx context.Context, config *pgx.ConnConfig, connected func()) error {
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(dialing, config)
	if err != nil {
		return err
	}
	defer closeConn(conn)

	for _, channel := range l.Channels {
		if _, err := conn.Exec(dialing, "listen "+pgx.Identifier{channel}.Sanitize()); err != nil {
			return fmt.Errorf("listen to %s: %w", channel, err)
		}
	}
	if l.OnConnect != nil {
		if err := l.OnConnect(dialing, conn); err != nil {
			return fmt.Errorf("greet connection: %w", err)
		}
	}
	connected()
	return l.receive(ctx, conn)
}

func (l *Listener) receive(ctx context.Context, conn *pgx.Conn) error {
	for {
		waiting, cancel := context.WithTimeout(ctx, quiet)
		n, err := conn.WaitForNotification(waiting)
		timedOut := waiting.Err() != nil
		cancel()
		switch {
		case err == nil:
			l.OnNotify(n.Channel, n.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case !timedOut || conn.IsClosed():
			return err
		default:
			if err := ping(ctx, conn); err != nil {
				return err
			}
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := conn.Ping(ctx); err != nil {
		return errors.Join(errors.New("no answer to a ping"), err)
	}
	return nil
}

// closeConn says goodbye, but does not wait long for a peer that is gone.
func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is lost with it
}

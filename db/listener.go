package db

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/jackc/pgx/v5"
)

const (
	dialTimeout = 15 * time.Second

	// How a listener finds out that its connection is dead: a read alone does
	// not notice a peer that vanished.
	standardQuiet = 15 * time.Second

	// A notification through a server that works takes a millisecond.
	standardProofTimeout = 2 * time.Second
	standardProofEvery   = time.Minute
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
	// again when OnConnect returns.
	OnConnect func(ctx context.Context, conn *pgx.Conn) error

	// Prove sends a notification to one of the channels, by another way than
	// this connection; OnProof is told whether it came back. A transaction
	// pooler takes a LISTEN and delivers nothing. It is asked after each
	// OnConnect and every ProofEvery. Nil: nobody wants to know.
	Prove func(ctx context.Context, payload string) error
	// OnProof may use the connection, as OnConnect may. A session lock taken
	// on a connection that was just proven lasts as long as it does; on one that
	// was not, the lock may be a pooler's.
	OnProof func(ctx context.Context, conn *pgx.Conn, proven bool) error

	OnNotify func(channel, payload string) // must not block
	OnLost   func(err error)               // the connection broke, or none was made; may be nil
	Log      *slog.Logger                  // may be nil

	Quiet        time.Duration // without a notification, then a ping, which may take a third of it; 0: 15 s
	ProofEvery   time.Duration // 0: a minute
	ProofTimeout time.Duration // 0: 2 s
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
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // good behind every pooler

	pauses := &backoff.ExponentialBackOff{
		InitialInterval: 50 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.5, MaxInterval: 5 * time.Second,
	}
	said := "" // the same trouble is told once
	for ctx.Err() == nil {
		err := l.listen(ctx, config, func() {
			pauses.Reset()
			said = ""
		})
		if ctx.Err() != nil {
			return nil
		}
		if l.OnLost != nil {
			l.OnLost(err)
		}
		pause := pauses.NextBackOff()
		if err.Error() != said {
			said = err.Error()
			log.Warn("listener has no connection", "error", err, "retry_in", pause)
		}
		wait(ctx, pause)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
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

// receive hands notifications on, and looks after the connection in between.
func (l *Listener) receive(ctx context.Context, conn *pgx.Conn) error {
	next := time.Now() // when the connection is to be proven
	for {
		if l.Prove != nil && !time.Now().Before(next) {
			every, err := l.prove(ctx, conn)
			if err != nil {
				return err
			}
			next = time.Now().Add(every)
		}
		silence := cmp.Or(l.Quiet, standardQuiet)
		if l.Prove != nil {
			silence = min(silence, time.Until(next))
		}
		if err := l.next(ctx, conn, silence); err != nil {
			return err
		}
	}
}

// next waits for one notification; after silence it makes sure that there is
// still a peer.
func (l *Listener) next(ctx context.Context, conn *pgx.Conn, silence time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, silence)
	n, err := conn.WaitForNotification(waiting)
	timedOut := waiting.Err() != nil
	cancel()
	switch {
	case err == nil:
		l.OnNotify(n.Channel, n.Payload)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !timedOut || conn.IsClosed():
		return err
	}
	return l.ping(ctx, conn)
}

// prove finds out whether notifications arrive, and returns when to ask again.
func (l *Listener) prove(ctx context.Context, conn *pgx.Conn) (time.Duration, error) {
	patience, nonce := cmp.Or(l.ProofTimeout, standardProofTimeout), rand.Text()
	sending, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := l.Prove(sending, nonce); err != nil {
		return patience, ctx.Err() // nothing may have been sent, so nothing is known
	}
	proven, err := arrives(ctx, conn, nonce, patience, l.OnNotify)
	if err != nil {
		return 0, err
	}
	using, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := l.OnProof(using, conn, proven); err != nil {
		return 0, fmt.Errorf("use connection: %w", err)
	}
	return cmp.Or(l.ProofEvery, standardProofEvery), nil
}

func (l *Listener) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(l.Quiet, standardQuiet)/3)
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

package db

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Hears reports whether a notification that send makes arrives at a connection
// that listens through listenURL.
func Hears(ctx context.Context, listenURL string, send func(ctx context.Context, channel, payload string) error) (bool, error) {
	conn, err := dial(ctx, listenURL, nil)
	if err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	defer closeConn(conn)
	const channel = "pgcast_doctor"
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	nonce := rand.Text()
	if err := send(ctx, channel, nonce); err != nil {
		return false, fmt.Errorf("notify: %w", err)
	}
	return arrives(ctx, conn, nonce, 5*time.Second, func(string, string) {})
}

// arrives reports whether a notification that was sent comes in time; others
// are handed on.
func arrives(ctx context.Context, conn *pgx.Conn, payload string, within time.Duration, other func(channel, payload string)) (bool, error) {
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(waiting)
		switch {
		case err == nil && n.Payload == payload:
			return true, nil
		case err == nil:
			other(n.Channel, n.Payload)
		case ctx.Err() != nil:
			return false, ctx.Err()
		case waiting.Err() != nil && !conn.IsClosed():
			return false, nil
		default:
			return false, fmt.Errorf("wait for a notification: %w", err)
		}
	}
}

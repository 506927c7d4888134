package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// lookFor is how long a look may take, and lookStep how exact that is: to set a
// deadline for each would be dear.
const (
	lookFor  = 10 * time.Second
	lookStep = time.Second
)

// lookout looks whether transactions show, on a connection of its own: each
// commit waits for that, so it is one round trip and little else.
type lookout struct {
	url      string
	conn     *pgconn.PgConn // nil before the first look
	deadline time.Time      // that is set
	forget   func() bool    // the end of the context that connected
}

// sight is what a look finds.
type sight struct {
	shows   bool   // to every statement that begins from now on
	before  uint32 // so does every transaction older than this one
	written uint64 // how far the WAL is
}

// look reports whether a transaction shows. The WAL tells of a commit a moment
// before it does: longer where the machine is busy, and as long as a synchronous
// standby takes. Transactions are named as in the replication protocol, by 32 bits
// that wrap around. A connection that has been lost meanwhile is made anew.
func (l *lookout) look(ctx context.Context, xid uint32) (sight, error) {
	if l.conn != nil {
		if s, err := l.ask(xid); err == nil || ctx.Err() != nil {
			return s, err
		}
		l.close(ctx)
	}
	if err := l.connect(ctx); err != nil {
		return sight{}, err
	}
	return l.ask(xid)
}

const lookSQL = `
	with now as materialized (select pg_current_snapshot() as s),
	ends as (select s, pg_snapshot_xmin(s)::text::bigint as xmin, pg_snapshot_xmax(s)::text::bigint as xmax from now)
	select
		pg_visible_in_snapshot(greatest(0, xmax + ($1::bigint - xmax % (1::bigint << 32) + (3::bigint << 31)) % (1::bigint << 32) - (1::bigint << 31))::text::xid8, s),
		xmin % (1::bigint << 32),
		(pg_current_wal_flush_lsn() - '0/0')::bigint
	from ends`

const lookName = "look"

func (l *lookout) connect(ctx context.Context) error {
	config, err := connConfig(l.url)
	if err != nil {
		return err
	}
	if l.conn, err = pgconn.ConnectConfig(ctx, &config.Config); err != nil {
		return fmt.Errorf("connect to look for commits: %w", err)
	}
	conn := l.conn.Conn()
	l.forget = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	l.deadline = time.Time{}
	if _, err = l.conn.Prepare(ctx, lookName, lookSQL, nil); err != nil {
		return fmt.Errorf("prepare to look for commits: %w", err)
	}
	return nil
}

func (l *lookout) close(ctx context.Context) {
	if l.conn != nil {
		l.forget()
		closeConn(ctx, l.conn)
		l.conn = nil
	}
}

// ask is one look. It goes beneath pgconn, whose watch over contexts and timers
// cost more than the question.
func (l *lookout) ask(xid uint32) (s sight, err error) {
	if now := time.Now(); l.deadline.Sub(now) < lookFor-lookStep {
		l.deadline = now.Add(lookFor)
		_ = l.conn.Conn().SetDeadline(l.deadline) // else the read fails, and says more
	}
	f := l.conn.Frontend()
	f.SendBind(&pgproto3.Bind{PreparedStatement: lookName, Parameters: [][]byte{strconv.AppendUint(nil, uint64(xid), 10)}})
	f.SendExecute(&pgproto3.Execute{})
	f.SendSync(&pgproto3.Sync{})
	if err := f.Flush(); err != nil {
		return s, fmt.Errorf("look for a commit: %w", err)
	}
	for {
		message, failed := f.Receive()
		if failed != nil {
			return s, fmt.Errorf("look for a commit: %w", failed)
		}
		switch m := message.(type) {
		case *pgproto3.DataRow:
			s, err = sightOf(m.Values)
		case *pgproto3.ErrorResponse:
			err = fmt.Errorf("look for a commit: %w", pgconn.ErrorResponseToPgError(m))
		case *pgproto3.ReadyForQuery:
			return s, err
		}
	}
}

func sightOf(values [][]byte) (s sight, err error) {
	if len(values) != 3 {
		return s, errors.New("look for a commit: want three values")
	}
	before, err := strconv.ParseUint(string(values[1]), 10, 32)
	if err == nil {
		s.written, err = strconv.ParseUint(string(values[2]), 10, 64)
	}
	s.shows, s.before = bytes.Equal(values[0], []byte("t")), uint32(before)
	return s, err
}

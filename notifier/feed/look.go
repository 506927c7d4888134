package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// sight is what a look finds: a snapshot of the database, and how far the WAL is.
// Transactions are named as in the replication protocol, by 32 bits that wrap
// around.
type sight struct {
	begun, next uint32   // every transaction older than begun has ended, none from next on has begun
	open        []uint32 // those between that have not ended
	written     uint64
}

// shows reports whether a transaction that ended well shows to every statement
// that begins from now on. Zero knows of none.
func (s *sight) shows(xid uint32) bool {
	return older(xid, s.begun) || older(xid, s.next) && !slices.Contains(s.open, xid)
}

// older compares transaction ids, which wrap around; see TransactionIdPrecedes
// in transam.c of PostgreSQL.
func older(a, b uint32) bool { return b != 0 && int32(a-b) < 0 }

// look takes a snapshot. The WAL tells of a commit a moment before it shows: longer
// where the machine is busy, and as long as a synchronous standby takes. A
// connection that has been lost meanwhile is made anew.
func (l *lookout) look(ctx context.Context) (sight, error) {
	if l.conn != nil {
		if s, err := l.ask(); err == nil || ctx.Err() != nil {
			return s, err
		}
		l.close(ctx)
	}
	if err := l.connect(ctx); err != nil {
		return sight{}, err
	}
	return l.ask()
}

const lookSQL = `select pg_current_snapshot()::text, (pg_current_wal_flush_lsn() - '0/0')::bigint`

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
func (l *lookout) ask() (s sight, err error) {
	if now := time.Now(); l.deadline.Sub(now) < lookFor-lookStep {
		l.deadline = now.Add(lookFor)
		_ = l.conn.Conn().SetDeadline(l.deadline) // else the read fails, and says more
	}
	f := l.conn.Frontend()
	f.SendBind(&pgproto3.Bind{PreparedStatement: lookName})
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

// sightOf reads a snapshot, as in 10:14:10,12, and an LSN.
func sightOf(values [][]byte) (s sight, err error) {
	if len(values) != 2 {
		return s, errors.New("look for a commit: want two values")
	}
	begun, rest, _ := strings.Cut(string(values[0]), ":")
	next, open, _ := strings.Cut(rest, ":")
	s.begun, s.next = xid(begun, &err), xid(next, &err)
	for open != "" {
		var one string
		one, open, _ = strings.Cut(open, ",")
		s.open = append(s.open, xid(one, &err))
	}
	if err == nil {
		s.written, err = strconv.ParseUint(string(values[1]), 10, 64)
	}
	return s, err
}

// xid is what the replication protocol names of the id of a transaction.
func xid(text string, failed *error) uint32 {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		*failed = err
	}
	return uint32(id)
}

package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/pgcast/pgcast/internal/job"
)

// replication is one life of the replication source: one connection, one slot.
type replication struct {
	rows       Rows
	interested func(job.UserID) bool
	out        func([]Event)
	relations  map[uint32]*rowDecoder // of `jobs` only
	tuples     tuples                 // of the change read last
	events     []Event                // not told yet
	flushed    pglogrepl.LSN          // everything before it is in events, or told
	told       func(pglogrepl.LSN)    // is called when everything before that is told

	lookout *lookout
	written func(lsn uint64) // is called when it is known how far the WAL is
	sight   sight            // of the newest look

	pace  *rate.Limiter
	ended int // transactions, since something was waited for

	// The transaction at hand.
	begin   begin
	shown   bool // whoever reads from now on sees what it did
	open    bool
	index   int
	waiting []incomplete
}

// errPublicationRemade ends a stream that was silent for a while.
var errPublicationRemade = errors.New("publication " + publication + " was without table jobs for a while")

// errTruncated ends a stream whose table was emptied: the gap that the next
// one starts with tells who lost what.
var errTruncated = errors.New("table jobs was truncated")

// runReplication streams changes until the connection ends. It calls live once
// when every later commit is certain to be seen.
func (f *Feed) runReplication(ctx context.Context, live func()) error {
	ahead := &ahead{}
	conn, err := connectReplication(ctx, f.config.URL, ahead)
	if err != nil {
		return err
	}
	defer closeConn(ctx, conn)
	if err := checkWAL(ctx, conn); err != nil {
		return err
	}
	membership, err := ensurePublication(ctx, conn)
	if err != nil {
		return err
	}
	look := &lookout{url: f.config.URL}
	defer look.close(ctx)
	if err := look.connect(ctx); err != nil {
		return err
	}
	slot, start, err := createSlot(ctx, conn, f.config.SlotPatience)
	if err != nil {
		return err
	}
	err = pglogrepl.StartReplication(ctx, conn, slot, start, pglogrepl.StartReplicationOptions{
		PluginArgs: []string{"proto_version '1'", "publication_names '" + publication + "'"},
	})
	if err != nil {
		return fmt.Errorf("start replication: %w", err)
	}
	f.told.Store(uint64(start))
	defer f.told.Store(0)
	live()
	r := &replication{rows: f.config.Rows, interested: f.config.Interested, relations: map[uint32]*rowDecoder{}, flushed: start,
		out:     func(events []Event) { f.config.Events(Replication, events) },
		told:    func(lsn pglogrepl.LSN) { f.told.Store(uint64(lsn)) },
		written: f.written.Store,
		lookout: look, pace: newPace()}
	ahead.wait = r.await
	defer r.tell()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.stream(ctx, conn, f.config.StatusEvery) })
	group.Go(func() error { return f.watchPublication(ctx, membership) })
	return group.Wait()
}

// watchPublication looks after the publication of a running stream: a table
// taken out of it, even if put back at once, ends no stream, it only makes it
// silent meanwhile.
func (f *Feed) watchPublication(ctx context.Context, membership string) error {
	ticker := time.NewTicker(f.config.CheckEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		config, err := connConfig(f.config.URL)
		if err != nil {
			return err
		}
		conn, err := pgconn.ConnectConfig(ctx, &config.Config)
		if err != nil {
			continue // the stream's own connection will tell whether the database is gone
		}
		now, err := ensurePublication(ctx, conn)
		closeConn(ctx, conn)
		if err != nil {
			return err
		}
		if now != membership {
			return errPublicationRemade
		}
	}
}

// closeConn says goodbye, also when ctx has ended, and waits for the server to
// hang up: by then the slot is gone.
func closeConn(ctx context.Context, conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if !conn.IsClosed() && conn.Conn().SetDeadline(deadline) == nil {
		conn.Frontend().Send(&pgproto3.Terminate{})
		if conn.Frontend().Flush() == nil {
			_, _ = io.Copy(io.Discard, conn.Conn())
		}
	}
	_ = conn.Close(ctx)
}

// stream reads until the connection ends and confirms what it has read, also
// while nothing happens to the published table: a busy neighbour's WAL would
// pile up behind the slot.
func (r *replication) stream(ctx context.Context, conn *pgconn.PgConn, every time.Duration) error {
	over := context.AfterFunc(ctx, func() { _ = conn.Conn().SetReadDeadline(time.Unix(1, 0)) })
	defer over()
	for ctx.Err() == nil {
		_ = conn.Conn().SetReadDeadline(time.Now().Add(every)) // else the read fails, and says more
		if ctx.Err() != nil {
			break
		}
		if err := r.receive(ctx, conn); err != nil {
			if ctx.Err() != nil {
				break
			}
			return err
		}
		r.tell()
		err := pglogrepl.SendStandbyStatusUpdate(ctx, conn, pglogrepl.StandbyStatusUpdate{WALWritePosition: r.flushed})
		if err != nil {
			return fmt.Errorf("send standby status: %w", err)
		}
	}
	return ctx.Err()
}

// receive handles messages until a status update is due. It reads beneath
// ReceiveMessage, which watches the context of each message; that took a tenth of
// the time of many.
func (r *replication) receive(ctx context.Context, conn *pgconn.PgConn) error {
	for {
		message, err := conn.Frontend().Receive()
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil
		}
		if err != nil {
			return fmt.Errorf("receive from the slot: %w", err)
		}
		switch m := message.(type) {
		case *pgproto3.ErrorResponse:
			return fmt.Errorf("receive from the slot: %w", pgconn.ErrorResponseToPgError(m))
		case *pgproto3.CopyDone:
			return errors.New("receive from the slot: the server ended the stream")
		case *pgproto3.CopyData:
			due, err := r.copyData(ctx, m.Data)
			if due || err != nil {
				return err
			}
		}
	}
}

// copyData handles one message of the stream. due tells that the server wants
// to hear from us now.
func (r *replication) copyData(ctx context.Context, data []byte) (due bool, err error) {
	if len(data) == 0 {
		return false, errTorn
	}
	switch data[0] {
	case pglogrepl.PrimaryKeepaliveMessageByteID:
		k, err := pglogrepl.ParsePrimaryKeepaliveMessage(data[1:])
		if err != nil {
			return false, err
		}
		if !r.open {
			r.flushed = max(r.flushed, k.ServerWALEnd)
		}
		return k.ReplyRequested, nil
	case pglogrepl.XLogDataByteID:
		x, err := pglogrepl.ParseXLogData(data[1:])
		if err != nil {
			return false, err
		}
		return false, r.walData(ctx, x.WALData)
	}
	return false, nil
}

func (r *replication) walData(ctx context.Context, data []byte) error {
	message, err := decode(data, &r.tuples)
	if err != nil {
		return err
	}
	switch m := message.(type) {
	case begin:
		r.begin, r.shown, r.open, r.index = m, r.sight.shows(m.xid), true, 0
	case commit:
		if err := r.complete(ctx); err != nil {
			return err
		}
		r.open, r.flushed = false, m.end
		r.ended++
	case relation:
		return r.relation(m)
	case truncate:
		for _, id := range m.relations {
			if r.relations[id] != nil {
				return errTruncated
			}
		}
	case *change:
		if d := r.relations[m.relation]; d != nil {
			if err := r.settle(ctx); err != nil {
				return err
			}
			return r.change(ctx, d, m)
		}
	}
	return nil
}

// mostEvents bounds how many are told together.
const mostEvents = 256

func (r *replication) add(e Event) {
	r.events = append(r.events, e)
	if len(r.events) == mostEvents {
		r.tell()
	}
}

// tell hands on what was read. It is called before anything is waited for.
func (r *replication) tell() {
	if len(r.events) > 0 {
		r.out(r.events)
		clear(r.events)
		r.events = r.events[:0]
	}
	r.told(r.flushed)
}

func (r *replication) relation(m relation) (err error) {
	delete(r.relations, m.id)
	if m.namespace == schemaName && m.name == tableName {
		r.relations[m.id], err = newRowDecoder(m.columns)
	}
	return err
}

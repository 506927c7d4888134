package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
)

// Bounds of the LISTEN source.
const (
	// noticeBuffer is how many notices wait while rows are read. When it is
	// full the connection is not read: Postgres keeps up to 8 GB of them.
	noticeBuffer = 4096
	// rowBatch is how many rows one query reads.
	rowBatch = 500
	// pingAfter is how long the connection may be silent before it is tried,
	// pingPatience how long it may take to answer.
	pingAfter    = 15 * time.Second
	pingPatience = 5 * time.Second
)

// runListen serves from notifications until the connection ends, or by looking
// again and again where they do not arrive. It calls live when it is certain
// which of the two, and that every later change is told.
func (f *Feed) runListen(ctx context.Context, live func(Mode)) error {
	config, err := connConfig(f.config.URL)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // good behind every pooler
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect for LISTEN: %w", err)
	}
	defer closeConn(ctx, conn.PgConn())
	var refused *pgconn.PgError
	if _, err := conn.Exec(ctx, `listen `+channel); errors.As(err, &refused) {
		f.log.Warn("LISTEN is refused", "channel", channel, "error", err) // the proofs will not arrive
	} else if err != nil {
		return fmt.Errorf("listen on %s: %w", channel, err)
	}
	defer f.dismiss(ctx)
	columns, err := f.config.Rows.Columns(ctx)
	if err != nil {
		return err
	}
	read, err := newTextReader(f.config.Rows, columns)
	if err != nil {
		return err
	}

	f.deaf.Store(true)
	heard := heard{make(chan notice, noticeBuffer), make(chan struct{}, 1), make(chan string, 1)}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return f.hear(ctx, conn, heard) })
	group.Go(func() error { return f.prove(ctx, heard.proofs, live) })
	group.Go(func() error { return f.tellCrowds(ctx, heard.crowds) })
	group.Go(func() error { return f.tell(ctx, read, heard.notices) })
	group.Go(func() error { return f.keepWanting(ctx) })
	return group.Wait()
}

// heard is where notifications go.
type heard struct {
	notices chan notice
	crowds  chan struct{}
	proofs  chan string
}

// hear reads notifications and makes sure that silence is not a dead
// connection.
func (f *Feed) hear(ctx context.Context, conn *pgx.Conn, to heard) error {
	for {
		wait, cancel := context.WithTimeout(ctx, pingAfter)
		notification, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case pgconn.Timeout(err):
			if err := ping(ctx, conn); err != nil {
				return fmt.Errorf("listen on %s: %w", channel, err)
			}
			continue
		case err != nil:
			return fmt.Errorf("listen on %s: %w", channel, err)
		}
		if isProof(notification.Payload) {
			select {
			case to.proofs <- notification.Payload:
			default: // another notifier's
			}
			continue
		}
		n, err := parseNotice(notification.Payload)
		if err != nil {
			f.log.Warn("notification not understood", "channel", notification.Channel, "error", err)
			continue
		}
		if n.Op == many {
			select {
			case to.crowds <- struct{}{}:
			default: // one waits already, and will be read for after this moment
			}
			continue
		}
		if !f.config.Interested(n.UserID) {
			continue
		}
		select {
		case to.notices <- n:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	return conn.Ping(ctx)
}

// tellCrowds reports a gap when many rows changed at once: what the connected
// users see is then read again, once for however many such statements there
// were in the meantime.
func (f *Feed) tellCrowds(ctx context.Context, crowds <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-crowds:
			f.config.Gap()
			wait(ctx, f.config.CrowdEvery)
		}
	}
}

// tell turns notices into events. While it reads rows, notices gather, so
// that a busy time makes large batches and a quiet one no delay. Progress has
// no notices (NOTIFY would slow every writer down), so the rows of running jobs
// are read again while there are any.
func (f *Feed) tell(ctx context.Context, read *textReader, notices <-chan notice) error {
	running := map[job.ID]int64{} // the version last told
	var found finder
	ticker := time.NewTicker(f.config.ProgressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-notices:
			if err := f.tellBatch(ctx, read, gather(n, notices), running); err != nil {
				return err
			}
		case <-ticker.C:
			if f.deaf.Load() {
				if err := found.running(ctx, f.config.Rows, running); err != nil {
					return err
				}
			}
			if err := f.tellProgress(ctx, read, running); err != nil {
				return err
			}
		}
	}
}

// gather takes what is there, up to a batch.
func gather(first notice, notices <-chan notice) []notice {
	batch := []notice{first}
	for len(batch) < rowBatch {
		select {
		case n := <-notices:
			batch = append(batch, n)
		default:
			return batch
		}
	}
	return batch
}

func (f *Feed) tellBatch(ctx context.Context, read *textReader, batch []notice, running map[job.ID]int64) error {
	ids := make([]job.ID, 0, len(batch))
	var fresh []job.ID
	asked := make(map[job.ID]bool, len(batch))
	for _, n := range batch {
		if !asked[n.ID] {
			asked[n.ID] = true
			ids = append(ids, n.ID)
		}
		if n.Op == Insert {
			fresh = append(fresh, n.ID)
		}
	}
	present, err := read.rows(ctx, ids, fresh)
	if err != nil {
		return err
	}
	events := make([]Event, 0, len(batch))
	for _, n := range batch {
		row, ok := present[n.ID]
		e, ok := n.event(row, ok)
		if !ok {
			continue
		}
		if e.Op == Delete {
			e.Row = e.Row.over(read.decoder.columns)
		}
		events = append(events, e)
		delete(running, n.ID)
		if e.Op != Delete && e.Job.Status == job.Processing {
			running[n.ID] = e.Job.Version
		}
	}
	f.config.Events(Listen, events)
	return nil
}

// tellProgress tells of running jobs that moved. A job that has left
// `processing` is not told here: its notice is on the way.
func (f *Feed) tellProgress(ctx context.Context, read *textReader, running map[job.ID]int64) error {
	ids := make([]job.ID, 0, min(len(running), rowBatch))
	for id := range running {
		if len(ids) == rowBatch {
			break
		}
		ids = append(ids, id)
	}
	present, err := read.rows(ctx, ids, nil)
	if err != nil {
		return err
	}
	var events []Event
	for _, id := range ids {
		row, ok := present[id]
		switch {
		case !ok || row.Status != job.Processing || !f.config.Interested(row.UserID):
			delete(running, id)
		case row.Version > running[id]:
			running[id] = row.Version
			events = append(events, Event{Op: Update, Job: row.Job, Row: row.image(Update), OldStatus: job.Processing})
		}
	}
	f.config.Events(Listen, events)
	return nil
}

// want tells the trigger whether this notifier wants notices.
func (f *Feed) want(ctx context.Context, wanted bool) error {
	if err := f.config.Rows.WantStatus(ctx, f.config.Name, wanted); err != nil {
		return fmt.Errorf("ask for status notices: %w", err)
	}
	return nil
}

// dismiss tells the trigger that nobody here listens any more.
func (f *Feed) dismiss(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := f.want(ctx, false); err != nil {
		f.log.Warn("the trigger sends notices until the heartbeat is old", "error", err)
	}
}

// keepWanting keeps the wish alive, and reports a gap now and then, at first
// often: a transaction that wrote before the trigger knew of the wish sends no
// notice, however late it commits.
func (f *Feed) keepWanting(ctx context.Context) error {
	heartbeat := time.NewTicker(f.config.HeartbeatEvery)
	defer heartbeat.Stop()
	pause := f.config.SweepEvery / 32
	sweep := time.NewTimer(pause)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-heartbeat.C:
			if f.deaf.Load() {
				continue
			}
			if err := f.want(ctx, true); err != nil {
				return err
			}
		case <-sweep.C:
			f.config.Gap()
			pause = min(2*pause, f.config.SweepEvery)
			sweep.Reset(pause)
		}
	}
}

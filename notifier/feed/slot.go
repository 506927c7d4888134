package feed

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// The table and publication that replication follows.
const (
	publication = "pgcast"
	schemaName  = "public"
	tableName   = "jobs"
)

// insufficientPrivilege is what a role that may not replicate is told, in
// words that differ by version.
const insufficientPrivilege = "42501"

// readAhead is how much of a backlog is read at once, in bytes.
const readAhead = 64 << 10

// ahead reads as much as there is, and says when it has to wait for more.
type ahead struct {
	*bufio.Reader
	wait func() // is called before; nil: nobody cares
}

// Read implements io.Reader.
func (a *ahead) Read(b []byte) (int, error) {
	if a.wait != nil && a.Buffered() == 0 {
		a.wait()
	}
	return a.Reader.Read(b)
}

// connectReplication opens a walsender connection whose rows print the same
// everywhere.
func connectReplication(ctx context.Context, url string, ahead *ahead) (*pgconn.PgConn, error) {
	config, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["replication"] = "database"
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		ahead.Reader = bufio.NewReaderSize(r, readAhead)
		return pgproto3.NewFrontend(ahead, w)
	}
	conn, err := pgconn.ConnectConfig(ctx, &config.Config)
	if pgErr := new(pgconn.PgError); errors.As(err, &pgErr) && pgErr.Code == insufficientPrivilege {
		return nil, fmt.Errorf("connect for replication: only a replication role may (alter role %s replication): %w", pgx.Identifier{config.User}.Sanitize(), err)
	}
	if err != nil {
		return nil, fmt.Errorf("connect for replication: %w", err)
	}
	if _, err := conn.Exec(ctx, `set timezone = 'UTC'; set datestyle = 'ISO'`).ReadAll(); err != nil {
		_ = conn.Close(ctx)
		return nil, fmt.Errorf("prepare the replication session: %w", err)
	}
	return conn, nil
}

// connConfig parses a database URL, leaving out what only a pool understands.
func connConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse the listen URL: %w", err)
	}
	for name := range config.RuntimeParams {
		if strings.HasPrefix(name, "pool_") {
			delete(config.RuntimeParams, name)
		}
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pgcast notifier"
	}
	return config, nil
}

// checkWAL reports why the server decodes no WAL.
func checkWAL(ctx context.Context, conn *pgconn.PgConn) error {
	level, err := one(ctx, conn, `show wal_level`)
	if err != nil {
		return fmt.Errorf("read wal_level: %w", err)
	}
	if level != "logical" {
		return fmt.Errorf("wal_level is %q; set it to logical and restart the server for replication", level)
	}
	return nil
}

// ensurePublication makes sure that the publication exists and carries `jobs`.
// What is missing it adds, which only the owner of the table may. It returns
// what tells this membership from one that was ended and made anew: a stream
// that was open meanwhile has missed changes, and from Postgres 18 on it does
// not end by itself.
func ensurePublication(ctx context.Context, conn *pgconn.PgConn) (membership string, err error) {
	found, err := one(ctx, conn, memberOrNot)
	if err != nil {
		return "", fmt.Errorf("check publication %s: %w", publication, err)
	}
	repair := map[string]string{
		"none":        `create publication ` + publication + ` for table ` + schemaName + `.` + tableName,
		"publication": `alter publication ` + publication + ` add table ` + schemaName + `.` + tableName,
	}[found]
	if repair == "" {
		return found, nil
	}
	if _, err := conn.Exec(ctx, repair).ReadAll(); err != nil {
		return "", fmt.Errorf("publication %s does not carry %s (run %q as its owner): %w", publication, tableName, repair, err)
	}
	return one(ctx, conn, memberOrNot)
}

// memberOrNot yields numbers that are given once when the publication carries
// the table, else what there is. A publication for all tables has no row for
// this one.
const memberOrNot = `select coalesce(
	(select format('%s/%s', p.oid, r.oid)
	from pg_catalog.pg_publication p
	join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
	left join pg_catalog.pg_publication_rel r on r.prpubid = p.oid and r.prrelid = to_regclass('` + schemaName + `.` + tableName + `')
	where p.pubname = '` + publication + `' and t.schemaname = '` + schemaName + `' and t.tablename = '` + tableName + `'),
	(select 'publication' from pg_catalog.pg_publication where pubname = '` + publication + `'),
	'none')`

// one runs a query that yields one text.
func one(ctx context.Context, conn *pgconn.PgConn, sql string) (string, error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || len(results[0].Rows[0]) != 1 {
		return "", errors.New("want one row of one column")
	}
	return string(results[0].Rows[0][0]), nil
}

// createSlot makes a temporary slot: it goes with the connection, so that no
// WAL is kept for a notifier that died. Creation waits for every open writing
// transaction; after patience the server is told to stop, because it would not
// notice that the client has gone, and would hold the slot meanwhile.
func createSlot(ctx context.Context, conn *pgconn.PgConn, patience time.Duration) (string, pglogrepl.LSN, error) {
	name := "pgcast_" + strings.ToLower(rand.Text()[:16])
	stopped := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(stopped)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = conn.CancelRequest(ctx)
	})
	result, err := pglogrepl.CreateReplicationSlot(ctx, conn, name, "pgoutput",
		pglogrepl.CreateReplicationSlotOptions{Temporary: true, SnapshotAction: "NOEXPORT_SNAPSHOT"})
	if !timer.Stop() {
		<-stopped
	}
	if err != nil {
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Code == "57014" {
			return "", 0, fmt.Errorf("create slot: gave up after %s behind an open writing transaction: %w", patience, err)
		}
		return "", 0, fmt.Errorf("create slot: %w", err)
	}
	start, err := pglogrepl.ParseLSN(result.ConsistentPoint)
	return name, start, err
}

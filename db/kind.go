package db

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Kind is how a URL leads to the database.
type Kind string

// The kinds, by what they carry.
const (
	Direct            Kind = "direct"             // everything
	SessionPooler     Kind = "session pooler"     // LISTEN, but no replication
	TransactionPooler Kind = "transaction pooler" // calls only
)

// poolerHost is Supabase's shared pooler, directHost a project's own, which also
// has a pooler of its own beside the server.
var (
	poolerHost = regexp.MustCompile(`\.pooler\.supabase\.(?:com|co|net)$`)
	directHost = regexp.MustCompile(`^db\.[a-z0-9]{20}\.supabase\.(?:co|in|net)$`)
)

// Named is the kind that the host and the port of a Supabase project promise; ""
// when they say nothing.
func Named(url string) Kind {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return ""
	}
	hosted := poolerHost.MatchString(config.Host) || directHost.MatchString(config.Host)
	switch {
	case hosted && config.Port == 6543:
		return TransactionPooler
	case hosted && config.Port == 5432 && poolerHost.MatchString(config.Host):
		return SessionPooler
	case hosted && config.Port == 5432:
		return Direct
	}
	return ""
}

// KindOf finds out how url leads to the database, by trying: a transaction
// pooler takes a LISTEN and delivers nothing, and only a direct connection
// speaks the replication protocol.
func KindOf(ctx context.Context, url string) (Kind, error) {
	heard, err := Hears(ctx, url, func(ctx context.Context, channel, payload string) error {
		conn, err := dial(ctx, url, nil)
		if err != nil {
			return err
		}
		defer closeConn(conn)
		_, err = conn.Exec(ctx, `select pg_notify($1::text, $2::text)`, channel, payload)
		return err
	})
	if err != nil {
		return "", err
	}
	switch {
	case !heard:
		return TransactionPooler, nil
	case replicates(ctx, url):
		return Direct, nil
	}
	return SessionPooler, nil
}

// Reasons a server itself gives for not replicating. A pooler knows none of
// them: it refuses the parameter, or takes the command for SQL.
var replicationRefused = map[string]bool{
	"42501": true, // the role has no right to
	"53300": true, // all walsenders are taken
	"55000": true, // wal_level is minimal
}

// replicates reports whether url leads to a server that speaks the replication
// protocol, be it to refuse it.
func replicates(ctx context.Context, url string) bool {
	conn, err := dial(ctx, url, map[string]string{"replication": "database"})
	if err == nil {
		defer closeConn(conn)
		_, err = conn.PgConn().Exec(ctx, "IDENTIFY_SYSTEM").ReadAll()
	}
	var pg *pgconn.PgError
	return err == nil || errors.As(err, &pg) && replicationRefused[pg.Code]
}

// dial opens one connection that works through every kind of pooler.
func dial(ctx context.Context, url string, parameters map[string]string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database url: %w", err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	setAppName(config, "pgcast doctor")
	for name, value := range parameters {
		config.RuntimeParams[name] = value
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	return pgx.ConnectConfig(ctx, config)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/db"
)

// connections finds out how the two URLs lead to the database, and opens it.
func (d *doctor) connections(ctx context.Context) {
	d.calls = d.connection(ctx, "DATABASE_URL", d.config.DatabaseURL)
	if d.listen = d.calls; d.config.ListenURL != d.config.DatabaseURL {
		d.listen = d.connection(ctx, "DATABASE_LISTEN_URL", d.config.ListenURL)
	}
	d.listening()
	if d.calls == "" {
		return
	}
	pool, err := db.Open(ctx, d.config.DatabaseURL, db.Options{AppName: "pgcast doctor", MaxConns: 2})
	if err != nil {
		d.fail("database", "DATABASE_URL: "+err.Error(), adviseConnection(ctx, d.config.DatabaseURL, err))
		return
	}
	d.database = pool
}

// connection tells the kind of one, or why there is none.
func (d *doctor) connection(ctx context.Context, name, url string) db.Kind {
	check := strings.ToLower(name)
	kind, err := db.KindOf(ctx, url)
	if err != nil {
		d.fail(check, name+": "+err.Error(), adviseConnection(ctx, url, err))
		return ""
	}
	if kind == db.TransactionPooler && insistsOnPreparing(url) {
		d.fail(check, name+" leads to a transaction pooler and asks for prepared statements, which break in it",
			"take default_query_exec_mode out of "+name+": pgcast finds out by itself")
		return kind
	}
	d.ok(check, "%s: %s", name, kind)
	return kind
}

// insistsOnPreparing reports whether the URL itself names a mode in which
// statements stay prepared; without one pgcast chooses by what it finds.
func insistsOnPreparing(url string) bool {
	config, err := pgx.ParseConfig(url)
	if err != nil || !strings.Contains(url, "default_query_exec_mode") {
		return false
	}
	mode := config.DefaultQueryExecMode
	return mode != pgx.QueryExecModeExec && mode != pgx.QueryExecModeSimpleProtocol
}

const wantListenURL = "set DATABASE_LISTEN_URL to the direct connection (db.<ref>.supabase.co:5432) or to the session pooler (port 5432)"

// listening judges the connection that LISTEN, migrations and replication use.
func (d *doctor) listening() {
	switch d.listen {
	case db.TransactionPooler:
		d.fail("listen", "LISTEN goes through a transaction pooler, which takes it and delivers nothing: "+
			"wake-ups and live status are lost, and migrations cannot hold their lock", wantListenURL)
	case db.SessionPooler:
		d.warn("listen", "LISTEN works; replication does not pass a session pooler, so live status uses NOTIFY",
			"set DATABASE_LISTEN_URL to the direct connection where this machine can reach it; otherwise nothing needs to be done")
	case db.Direct:
		d.ok("listen", "LISTEN works: a notification came back")
		d.replicated = true
	}
}

// adviseConnection says what to do about a connection that was refused or never
// made.
func adviseConnection(ctx context.Context, url string, err error) string {
	var (
		pg  *pgconn.PgError
		dns *net.DNSError
	)
	config, unreadable := pgx.ParseConfig(url)
	switch {
	case unreadable != nil:
		return "set it to the connection string that the project's Connect page shows"
	case errors.As(err, &pg):
		return adviseRefusal(pg)
	case directOfProject.MatchString(config.Host) && !hasIPv4(ctx, config.Host):
		return "the direct host of a project has an IPv6 address only, which this machine cannot reach: " +
			"use the session pooler (aws-…pooler.supabase.com:5432, user postgres.<ref>), or buy the IPv4 add-on"
	case errors.As(err, &dns):
		return "check the host name: nobody knows it (a paused project has none either)"
	case strings.Contains(err.Error(), "tls"):
		return "check sslmode, and sslrootcert with verify-full"
	}
	return "check host and port, that the server runs, and that network restrictions let this machine in"
}

// advised adds to an error of a connection what to do about it.
func advised(ctx context.Context, url string, err error) error {
	var unmade *pgconn.ConnectError
	if !errors.As(err, &unmade) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, adviseConnection(ctx, url, err))
}

func hasIPv4(ctx context.Context, host string) bool {
	found, err := net.DefaultResolver.LookupIP(ctx, "ip4", host)
	return err == nil && len(found) > 0
}

// adviseRefusal says what to do about what the server itself answered.
func adviseRefusal(pg *pgconn.PgError) string {
	switch pg.Code {
	case "28P01", "28000":
		return "check user and password (characters such as @ : / # in a password are written as %40 %3A %2F %23; a pooler's user is postgres.<ref>)"
	case "3D000":
		return "check the name of the database; a project's is postgres"
	case "53300":
		return "all connections are taken: stop idle clients, or use a pooler for DATABASE_URL"
	case "57P03":
		return "the server is starting or stopping; try again in a moment"
	}
	return "check the connection string against the project's Connect page"
}

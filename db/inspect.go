package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is what a database server says of itself and of the role that asks.
type Server struct {
	Version        string // for instance "15.14"
	VersionNumber  int    // for instance 150014
	Role           string // the role of the connection
	WALLevel       string // logical where changes can be replicated
	MayReplicate   bool   // the role has REPLICATION or is a superuser
	MayActForUsers bool   // the role may become authenticated, if there is such a role
	MaxSlots       int    // max_replication_slots
	FreeSlots      int
	MaxSenders     int // max_wal_senders
	FreeSenders    int // counts those that the role may see
	MaxConnections int // max_connections
	Connections    int // of clients, now
}

// Server reads the settings that pgcast leans on.
func (db *DB) Server(ctx context.Context) (Server, error) {
	s, err := inspect(ctx, db, pgx.RowToStructByPos[Server], `
		select
			current_setting('server_version'),
			current_setting('server_version_num')::int,
			current_user::text,
			current_setting('wal_level'),
			r.rolreplication or r.rolsuper,
			coalesce((
				select pg_has_role(current_user, u.oid, case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end)
				from pg_roles u where u.rolname = 'authenticated'), true),
			current_setting('max_replication_slots')::int,
			current_setting('max_replication_slots')::int - (select count(*) from pg_replication_slots)::int,
			current_setting('max_wal_senders')::int,
			current_setting('max_wal_senders')::int - (select count(*) from pg_stat_activity where backend_type = 'walsender')::int,
			current_setting('max_connections')::int,
			(select count(*) from pg_stat_activity where backend_type = 'client backend')::int
		from pg_roles r
		where r.rolname = current_user`)
	return s, wrap("read the server's settings", err)
}

// Ahead measures how far the clock of the database runs ahead of now, which is
// taken before and after the question. The error of the measure is half the
// time that the question took.
func (db *DB) Ahead(ctx context.Context, now func() time.Time) (time.Duration, error) {
	if err := db.Ping(ctx); err != nil { // so that connecting is not measured
		return 0, err
	}
	var theirs time.Time
	before := now()
	err := db.pool.QueryRow(ctx, `select clock_timestamp()`).Scan(&theirs)
	after := now()
	if err != nil {
		return 0, wrap("read the clock", err)
	}
	return theirs.Sub(before.Add(after.Sub(before) / 2)), nil
}

// Publication is the state of the publication that the notifiers follow.
type Publication struct {
	Exists   bool
	HasJobs  bool // it carries public.jobs
	Filtered bool // with a row filter or without some column
	Whole    bool // it publishes inserts, updates and deletes
}

// Publication looks at publication pgcast.
func (db *DB) Publication(ctx context.Context) (Publication, error) {
	p, err := inspect(ctx, db, pgx.RowToStructByPos[Publication], `
		select
			p.pubname is not null,
			t.tablename is not null,
			coalesce(t.rowfilter is not null or cardinality(t.attnames) < (
				select count(*) from pg_attribute a
				where a.attrelid = to_regclass('public.jobs') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
			), false),
			coalesce(p.pubinsert and p.pubupdate and p.pubdelete, false)
		from (values ('pgcast')) wanted (name)
		left join pg_publication p on p.pubname = wanted.name
		left join pg_publication_tables t on t.pubname = p.pubname and t.schemaname = 'public' and t.tablename = 'jobs'`)
	return p, wrap("look at the publication", err)
}

// Alive counts the processors that have been heard of in the last half minute.
func (db *DB) Alive(ctx context.Context) (int, error) {
	n, err := inspect(ctx, db, pgx.RowTo[int], `
		select count(*)::int from public.processors where heartbeat_at > clock_timestamp() - interval '30 seconds'`)
	return n, wrap("count the processors", err)
}

// inspect runs a query that answers with one row.
func inspect[T any](ctx context.Context, db *DB, scan pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, err
	}
	return pgx.CollectExactlyOneRow(rows, scan)
}

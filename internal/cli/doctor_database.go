package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/pgcast/pgcast/db"
)

const (
	oldestPostgres = 150000          // server_version_num
	mostAhead      = 5 * time.Second // of clocks that agree; tokens allow 30 s
)

// server checks what only the owner of a server can change.
func (d *doctor) server(ctx context.Context) {
	s, err := d.database.Server(ctx)
	if err != nil {
		d.fail("server", err.Error(), "check that the role of DATABASE_URL may read the system catalogue")
		return
	}
	if s.VersionNumber < oldestPostgres {
		d.fail("version", "Postgres "+s.Version+" is too old", "upgrade to Postgres 15 or later")
	} else {
		d.ok("version", "Postgres %s, as role %s", s.Version, s.Role)
	}
	if s.Connections*10 > s.MaxConnections*9 {
		d.warn("connections", fmt.Sprintf("%d of %d connections are taken", s.Connections, s.MaxConnections),
			"set pool_max_conns in DATABASE_URL to fewer per process, or use a pooler for it")
	}
	if !s.MayActForUsers {
		d.fail("act_for_users", "role "+s.Role+" may not act for users", "grant authenticated to "+s.Role+";")
	}
	d.replication(s)
}

// replication checks what logical replication needs. Without it live status
// comes by NOTIFY, which is why nothing here fails.
func (d *doctor) replication(s db.Server) {
	const instead = "; until then live status uses NOTIFY"
	fine := true
	doubt := func(check, text, advice string) {
		fine = false
		d.warn(check, text, advice+instead)
	}
	if s.WALLevel != "logical" {
		doubt("wal_level", "wal_level is "+s.WALLevel+", replication needs logical",
			"alter system set wal_level = logical, and restart the server")
	}
	if !s.MayReplicate {
		doubt("replication_right", "role "+s.Role+" may not replicate",
			"alter role "+s.Role+" replication, as a superuser; a project's role postgres has the right")
	}
	if s.FreeSlots < 1 {
		doubt("replication_slots", fmt.Sprintf("all %d replication slots are taken", s.MaxSlots),
			"drop those that nobody uses (select slot_name, active from pg_replication_slots), or raise max_replication_slots")
	}
	if s.FreeSenders < 1 {
		doubt("wal_senders", fmt.Sprintf("all %d walsenders are taken", s.MaxSenders),
			"stop what replicates and is not needed (select * from pg_stat_replication), or raise max_wal_senders")
	}
	if fine && d.replicated {
		d.ok("replication", "replication: wal_level logical, role %s may, %d of %d slots free", s.Role, s.FreeSlots, s.MaxSlots)
	}
}

// clock compares this machine with the database: leases and tickets go by one
// clock, tokens by the other.
func (d *doctor) clock(ctx context.Context) {
	ahead, err := d.database.Ahead(ctx, d.now)
	switch {
	case err != nil:
		d.fail("clock", err.Error(), "run pgcast doctor again")
	case ahead.Abs() >= mostAhead:
		d.fail("clock", fmt.Sprintf("clocks differ: the database is %s ahead of this machine", ahead.Round(time.Second)),
			"synchronise this machine's clock (timedatectl set-ntp true): access tokens are refused by a wrong one")
	default:
		d.ok("clock", "clocks agree within %s", max(ahead.Abs(), time.Millisecond).Round(time.Millisecond))
	}
}

// wakePath sends a notification the way a trigger would, and listens for it the
// way a processor does.
func (d *doctor) wakePath(ctx context.Context) {
	if d.listen == "" || d.listen == db.TransactionPooler {
		return // said already
	}
	heard, err := db.Hears(ctx, d.config.ListenURL, d.database.Notify)
	switch {
	case err != nil:
		d.fail("wake_path", "wake-ups: "+err.Error(), "check DATABASE_LISTEN_URL")
	case !heard:
		d.fail("wake_path", "a notification sent through DATABASE_URL does not arrive at DATABASE_LISTEN_URL",
			"let both lead to the same database of the same server, and not to a replica")
	default:
		d.ok("wake_path", "wake-ups arrive")
	}
}

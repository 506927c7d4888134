package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgcast/pgcast/db"
)

const runMigrate = "run pgcast migrate"

// schema checks what the migrations have made, and what others did to it.
func (d *doctor) schema(ctx context.Context) {
	err := d.database.Current(ctx)
	var pg *pgconn.PgError
	switch {
	case err == nil:
		d.ok("schema", "schema is current")
	case errors.As(err, &pg) && pg.Code == insufficientPrivilege:
		d.fail("schema", "schema: "+err.Error(), "let DATABASE_URL name the role that ran the migrations: only the owner of the tables can do the work")
	default:
		d.fail("schema", "schema: "+strings.TrimSuffix(err.Error(), ": "+runMigrate), runMigrate)
	}
	d.publication(ctx)
	if err != nil {
		return // what is not there cannot be open
	}
	d.access(ctx)
	d.workers(ctx)
	d.webhooks(ctx)
}

// insufficientPrivilege is an SQLSTATE.
const insufficientPrivilege = "42501"

func (d *doctor) publication(ctx context.Context) {
	p, err := d.database.Publication(ctx)
	const again = "drop publication pgcast; create publication pgcast for table public.jobs;"
	switch {
	case err != nil:
		d.fail("publication", err.Error(), runMigrate)
	case !p.Exists:
		d.fail("publication", "publication pgcast is missing", "create publication pgcast for table public.jobs;")
	case !p.HasJobs:
		d.fail("publication", "publication pgcast does not carry public.jobs", "alter publication pgcast add table public.jobs;")
	case p.Filtered:
		d.fail("publication", "publication pgcast has a row filter or a column list, by which changes are lost or refused", again)
	case !p.Whole:
		d.fail("publication", "publication pgcast leaves out inserts, updates or deletes", again)
	default:
		d.ok("publication", "publication pgcast carries public.jobs")
	}
}

// access looks for what is open to others.
func (d *doctor) access(ctx context.Context) {
	leaks, err := d.database.Leaks(ctx, d.config.Bucket)
	if err != nil {
		d.fail("access", err.Error(), runMigrate)
		return
	}
	for _, leak := range leaks {
		d.fail(checkOf[leak.Kind], string(leak.Kind)+": "+leak.What, leak.Fix)
	}
	if len(leaks) == 0 {
		d.ok("access", "policies, row level security and grants let nobody see what is not theirs")
	}
}

// checkOf names the checks of the kinds of leaks.
var checkOf = map[db.LeakKind]string{
	db.OpenPolicy:   "policies",
	db.NoRLS:        "row_level_security",
	db.OwnersView:   "views",
	db.AnonGrant:    "anon_grants",
	db.UserWrites:   "user_grants",
	db.OpenFunction: "functions",
	db.TriggerOff:   "triggers",
}

const (
	ofProcess  = 2  // connections beside the pool: one listens, one replicates
	ofPlatform = 15 // taken by the services of a Supabase project, of which three are kept for superusers
)

// capacity compares what the processes may open together with what the server
// has: the processors that are alive, and one process with the doors.
func (d *doctor) capacity(ctx context.Context, processors int) {
	s, err := d.database.Server(ctx)
	if err != nil || d.calls == db.TransactionPooler {
		return // said already, or the pooler's to see to
	}
	each := int(connections(d.config.DatabaseURL))
	if each == 0 {
		if c, err := pgxpool.ParseConfig(d.config.DatabaseURL); err == nil {
			each = int(c.MaxConns)
		}
	}
	most := (processors + 1) * (each + ofProcess)
	if free := s.MaxConnections - ofPlatform; most > free {
		d.warn("capacity", fmt.Sprintf("%d processors and a door may open %d connections together, and of the server's %d some %d are free for them",
			processors, most, s.MaxConnections, free),
			"set pool_max_conns in DATABASE_URL to fewer than "+strconv.Itoa(each)+", or lead it through the transaction pooler (port 6543) beside a DATABASE_LISTEN_URL")
	}
}

func (d *doctor) workers(ctx context.Context) {
	n, err := d.database.Alive(ctx)
	d.capacity(ctx, n)
	switch {
	case err != nil:
		d.fail("processors", err.Error(), runMigrate)
	case n == 0:
		d.warn("processors", "no processor is running", "start pgcast processor: jobs wait until then")
	case n == 1:
		d.ok("processors", "1 processor is running")
	default:
		d.ok("processors", "%d processors are running", n)
	}
}

// webhooks looks for deliveries that nobody sends.
func (d *doctor) webhooks(ctx context.Context) {
	switch n, err := d.database.UndeliveredWebhooks(ctx); {
	case err != nil:
		d.fail("webhooks", err.Error(), runMigrate)
	case n > 0:
		d.warn("webhooks", fmt.Sprintf("%d webhooks have been due for more than five minutes, and none was sent meanwhile", n),
			"set WEBHOOK_SECRET for the processors as it is set for ingest")
	default:
		d.ok("webhooks", "no webhook waits for a processor")
	}
}

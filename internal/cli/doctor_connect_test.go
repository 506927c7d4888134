package cli

import (
	"context"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/localpg"
)

func TestDoctorTellsKindsOfConnectionsApart(t *testing.T) {
	t.Parallel()
	for _, d := range []disease{
		{"transaction pooler for everything", func(t *testing.T, p *patient) {
			p.vars["DATABASE_URL"] = pooler(t, p.db.URL, transactions)
		}, "listen", failed, "DATABASE_LISTEN_URL"},
		{"transaction pooler for LISTEN", func(t *testing.T, p *patient) {
			p.vars["DATABASE_LISTEN_URL"] = pooler(t, p.db.URL, transactions)
		}, "listen", failed, "DATABASE_LISTEN_URL"},
		{"prepared statements in a transaction pooler", func(t *testing.T, p *patient) {
			p.vars["DATABASE_URL"] = pooler(t, p.db.URL, transactions) + "&default_query_exec_mode=cache_statement"
			p.vars["DATABASE_LISTEN_URL"] = p.db.URL
		}, "database_url", failed, "take default_query_exec_mode out"},
		{"session pooler", func(t *testing.T, p *patient) {
			p.vars["DATABASE_URL"] = pooler(t, p.db.URL, sessions)
		}, "listen", warned, "direct connection"},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			d.plant(t, p)
			d.mustBeFound(t, p.examine(t).findings)
		})
	}
}

// A transaction pooler for calls and a direct connection for LISTEN is how it
// is meant to be.
func TestDoctorAcceptsAPoolerForCalls(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.vars["DATABASE_LISTEN_URL"] = p.db.URL
	p.vars["DATABASE_URL"] = pooler(t, p.db.URL, transactions)
	d := p.examine(t)
	if d.calls != db.TransactionPooler || d.listen != db.Direct {
		t.Errorf("calls through a %s, LISTEN through a %s", d.calls, d.listen)
	}
	for _, f := range d.findings {
		if f.Status != healthy {
			t.Errorf("%s: %s: %s", f.Status, f.Check, f.Text)
		}
	}
}

// A server that decodes no WAL is a direct connection all the same.
func TestDoctorFindsAServerWithoutReplication(t *testing.T) {
	t.Parallel()
	server, err := localpg.Start(t.Context(), localpg.Config{
		Dir: t.TempDir(), Ephemeral: true,
		Settings: map[string]string{"wal_level": "minimal", "max_wal_senders": "0", "max_replication_slots": "0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	d := &doctor{now: time.Now, told: func(finding) {}}
	d.examine(t.Context(), config.Config{DatabaseURL: server.URL(), ListenURL: server.URL()}, nil)
	if d.listen != db.Direct {
		t.Errorf("LISTEN through a %s", d.listen)
	}
	for check, advice := range map[string]string{
		"wal_level": "alter system set wal_level", "replication_slots": "max_replication_slots", "wal_senders": "max_wal_senders",
	} {
		disease{check: check, status: warned, advice: advice}.mustBeFound(t, d.findings)
	}
	disease{check: "schema", status: failed, advice: "pgcast migrate"}.mustBeFound(t, d.findings)
}

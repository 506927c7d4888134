package db_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
)

func TestServerTellsItsSettings(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	s, err := d.Server(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.VersionNumber < 150000 || s.Version == "" || s.WALLevel != "logical" || s.Role != "postgres" || !s.MayReplicate || !s.MayActForUsers {
		t.Errorf("%+v", s)
	}
	if s.MaxSlots < 1 || s.FreeSlots > s.MaxSlots || s.MaxSenders < 1 || s.MaxConnections != 200 || s.Connections < 1 {
		t.Errorf("%+v", s)
	}
}

// The clock is measured against the middle of the question.
func TestAheadMeasuresTheDifference(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, behind := range []time.Duration{0, time.Hour, -time.Hour} {
		ahead, err := d.Ahead(t.Context(), func() time.Time { return time.Now().Add(-behind) })
		if err != nil || (ahead-behind).Abs() > time.Second {
			t.Errorf("%v behind: the database is %v ahead, %v", behind, ahead, err)
		}
	}
}

func TestPublicationIsSeenAsItIs(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, step := range []struct {
		sql  string
		want db.Publication
	}{
		{`select`, db.Publication{Exists: true, HasJobs: true, Whole: true}},
		{`alter table jobs add column mine int`, db.Publication{Exists: true, HasJobs: true, Whole: true}},
		{`alter publication pgcast set table jobs (id, user_id, status)`, db.Publication{Exists: true, HasJobs: true, Whole: true, Filtered: true}},
		{`alter publication pgcast set table jobs where (status = 'failed')`, db.Publication{Exists: true, HasJobs: true, Whole: true, Filtered: true}},
		{`alter publication pgcast set table job_runs`, db.Publication{Exists: true, Whole: true}},
		{`alter publication pgcast set (publish = 'insert, update')`, db.Publication{Exists: true}},
		{`drop publication pgcast`, db.Publication{}},
		{`create publication pgcast for all tables`, db.Publication{Exists: true, HasJobs: true, Whole: true}},
	} {
		d.Exec(t, step.sql)
		if got, err := d.Publication(t.Context()); err != nil || got != step.want {
			t.Errorf("after %s: %+v, %v; want %+v", step.sql, got, err, step.want)
		}
	}
}

func TestMigrationsLeaveNothingOpen(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if leaks, err := d.Leaks(t.Context(), "forecast-uploads"); err != nil || len(leaks) > 0 {
		t.Errorf("%v, %v", leaks, err)
	}
}

// A bucket's name is data, also where it looks like SQL.
func TestLeaksTakeAnyBucket(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `
		create schema storage; create table storage.objects (bucket_id text);
		create policy "it's open" on storage.objects for select using (bucket_id = 'it''s')`)
	for bucket, want := range map[string]int{"it's": 1, "its": 0, "'; drop table jobs; --": 0, "%": 0} {
		leaks, err := d.Leaks(t.Context(), bucket)
		if err != nil || len(leaks) != want {
			t.Errorf("%q: %v, %v; want %d", bucket, leaks, err, want)
		}
		if len(leaks) == 1 {
			d.Exec(t, leaks[0].Fix)
			d.Exec(t, `create policy "it's open" on storage.objects for select using (bucket_id = 'it''s')`)
		}
	}
}

func TestKindOfASocketIsDirect(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if kind, err := db.KindOf(t.Context(), d.URL); err != nil || kind != db.Direct {
		t.Errorf("%q, %v", kind, err)
	}
	d.Exec(t, `create role no_right login`)
	t.Cleanup(func() { d.Exec(t, `drop role no_right`) })
	if kind, err := db.KindOf(t.Context(), asRole(t, d.URL, "no_right")); err != nil || kind != db.Direct {
		t.Errorf("a role without the right to replicate: %q, %v", kind, err)
	}
	if _, err := db.KindOf(t.Context(), asRole(t, d.URL, "nobody")); err == nil {
		t.Error("nobody connects")
	}
}

func TestHearsOnlyWhatIsSentThere(t *testing.T) {
	t.Parallel()
	d, elsewhere := dbtest.New(t), dbtest.New(t)
	for from, want := range map[*dbtest.DB]bool{d: true, elsewhere: false} {
		if heard, err := db.Hears(t.Context(), d.URL, from.Notify); err != nil || heard != want {
			t.Errorf("%t, %v; want %t", heard, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := func(context.Context, string, string) error { cancel(); return nil }
	if heard, err := db.Hears(ctx, d.URL, cancelled); err == nil || heard {
		t.Errorf("%t, %v after the context ended", heard, err)
	}
}

// asRole is the URL for another user.
func asRole(t *testing.T, address, role string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	return u.String()
}

package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// The statements that must simply work. %s is the job's id.
const (
	runAgain    = `update jobs set status = 'pending' where id = '%s'`
	rerunFailed = `update jobs set status = 'pending' where status = 'failed' and updated_at > now() - interval '1 day' and id = '%s'`
	withParams  = `update jobs set params = coalesce(params, '{}') || '{"horizon": 24, "model": "theta"}', status = 'pending' where id = '%s'`
	suggested   = `update jobs set params = '{}' where id = '%s'`
	stop        = `update jobs set status = 'canceled' where id = '%s'`
)

func TestPsqlStatementsOnEveryStatus(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	tests := []struct {
		name, sql string
		want      map[string]string // state → what becomes of it; see check
	}{
		{"run again", runAgain, map[string]string{
			"upload": "new run", "pending": "nothing", "retrying": "due now", "processing": "new run, restarted", "completed": "new run",
			"failed": "new run", "canceled": "new run", "archived": "new run"}},
		{"re-run what failed", rerunFailed, map[string]string{
			"upload": "nothing", "pending": "nothing", "retrying": "nothing", "processing": "nothing", "completed": "nothing",
			"failed": "new run", "canceled": "nothing", "archived": "nothing"}},
		{"new params", withParams, map[string]string{
			"upload": "new run", "pending": "new run", "retrying": "new run", "processing": "new run, restarted", "completed": "new run",
			"failed": "new run", "canceled": "new run", "archived": "new run"}},
		{"suggested settings", suggested, map[string]string{
			"upload": "new run", "pending": "new run", "retrying": "new run", "processing": "notice", "completed": "notice",
			"failed": "notice", "canceled": "notice", "archived": "notice"}},
		{"stop", stop, map[string]string{
			"upload": "canceled", "pending": "canceled", "retrying": "canceled", "processing": "canceled, stopped", "completed": "refused",
			"failed": "refused", "canceled": "nothing", "archived": "canceled"}},
	}
	for _, test := range tests {
		for _, state := range states {
			t.Run(test.name+" "+state, func(t *testing.T) {
				before, _ := jobIn(t, d, user, state)
				session := listenIn(t, d)
				said := session.run(fmt.Sprintf(test.sql, before.ID))
				check(t, d, test.want[state], before, said)
				d.Exec(t, `delete from jobs`) // what is claimable must not meet the next case
			})
		}
	}
}

// check compares a job with what a statement should have made of it.
func check(t *testing.T, d *dbtest.DB, want string, before job.Job, said heard) {
	t.Helper()
	after := row(t, d, before.ID)
	what, extra, _ := strings.Cut(want, ", ")
	control := extra != ""
	wake := false
	switch what {
	case "new run":
		wake = true
		if after.Status != job.Pending || after.ForecastID == before.ForecastID || after.ForecastID == "" {
			t.Errorf("status %s, forecast %q after %q", after.Status, after.ForecastID, before.ForecastID)
		}
		if after.Attempts != 0 || after.ErrorCode != "" || after.Progress.Fraction != 0 || after.Params == nil || after.StartedAt != nil || after.FinishedAt != nil {
			t.Errorf("not clean: %+v", after)
		}
		if n := liveRuns(t, d, before.ID); n != 1 {
			t.Errorf("%d live runs, want 1", n)
		}
	case "due now":
		wake = true
		if after.ForecastID != before.ForecastID || after.Attempts != 0 || after.ErrorCode != "" || after.RunAt.After(time.Now()) {
			t.Errorf("still waiting: %+v", after)
		}
	case "canceled":
		if after.Status != job.Canceled || after.FinishedAt == nil {
			t.Errorf("status %s, finished %v", after.Status, after.FinishedAt)
		}
		if n := liveRuns(t, d, before.ID); n != 0 {
			t.Errorf("%d live runs, want none", n)
		}
	case "notice":
		if !strings.Contains(said.notice, "status = 'pending'") {
			t.Errorf("notice %q", said.notice)
		}
		if after.Status != before.Status || after.ForecastID != before.ForecastID {
			t.Errorf("was %+v, is %+v", before, after)
		}
	case "refused":
		if said.hint == "" || after.Version != before.Version {
			t.Errorf("hint %q, version %d after %d", said.hint, after.Version, before.Version)
		}
		return
	}
	changed := what != "nothing"
	if said.err != nil || (after.Version == before.Version+1) != changed || (after.Version == before.Version) == changed {
		t.Errorf("%v, version %d after %d", said.err, after.Version, before.Version)
	}
	if said.wakes != wake || said.controls != control {
		t.Errorf("wake %v, control %v; want %v, %v", said.wakes, said.controls, wake, control)
	}
}

func TestImpossibleWordsAreRefusedWithAHint(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	for _, state := range states {
		before, _ := jobIn(t, d, user, state)
		for _, word := range []string{"processing", "completed", "failed", "done", "PENDING"} {
			if word == string(before.Status) {
				continue
			}
			said := listenIn(t, d).run(fmt.Sprintf(`update jobs set status = '%s' where id = '%s'`, word, before.ID))
			if !strings.Contains(said.hint, "pending") {
				t.Errorf("%s to %s: %v, hint %q", state, word, said.err, said.hint)
			}
		}
		d.Exec(t, `delete from jobs`)
	}
	for _, word := range []string{"processing", "queued"} {
		if said := listenIn(t, d).run(fmt.Sprintf(`insert into jobs (user_id, status) values ('%s', '%s')`, user, word)); said.hint == "" {
			t.Errorf("insert %s: %v", word, said.err)
		}
	}
}

func TestOperatorsCannotForgeWhatVerbsWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	before, claim := jobIn(t, d, newUser(), "processing")
	d.Exec(t, `update jobs set fence = 0, version = 99, forecast_id = 'x', claimed_by = 'me', priority = 5`)
	if err := d.Fail(t.Context(), claim, job.Failure{Code: "internal"}); err != nil {
		t.Errorf("the claim was lost: %v", err)
	}
	if after := row(t, d, before.ID); after.Priority != 5 || after.ForecastID != before.ForecastID || after.Version != before.Version+2 {
		t.Errorf("row %+v", after)
	}
}

func TestInsertFromPsqlRuns(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	said := listenIn(t, d).run(`insert into jobs (user_id, input_file_path, params) values (gen_random_uuid(), 'a/b/input.csv', '{}')`)
	if said.err != nil || !said.wakes {
		t.Fatalf("insert: %+v", said)
	}
	if c := claimOne(t, d, "p"); c.Attempt != 1 || c.InputPath != "a/b/input.csv" || c.RunID == (job.RunID{}) {
		t.Errorf("claim %+v", c)
	}
}

func TestNoticeComesOncePerTransaction(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	d.Exec(t, `insert into jobs (user_id, status) select $1::uuid, 'completed' from generate_series(1, 50)`, user.String())
	said := listenIn(t, d).run(`update jobs set params = '{"horizon": 3}'`)
	if said.notices != 1 {
		t.Errorf("%d notices, want one", said.notices)
	}
}

// session is an operator's connection beside one that listens.
type session struct {
	t              *testing.T
	conn, listener *pgx.Conn
	notices        int
	notice         string
}

// heard is what an operator and the listeners hear of one statement.
type heard struct {
	err             error
	hint            string // of the error
	notice          string // with its hint
	notices         int
	wakes, controls bool
}

func listenIn(t *testing.T, d *dbtest.DB) *session {
	t.Helper()
	s := &session{t: t, listener: d.Connect(t)}
	config, err := pgx.ParseConfig(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		s.notices++
		s.notice = n.Message + " " + n.Hint
	}
	if s.conn, err = pgx.ConnectConfig(context.Background(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close(context.Background()) })
	if _, err := s.listener.Exec(context.Background(), `listen pgcast_wake; listen pgcast_control; listen done`); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *session) run(sql string) heard {
	s.t.Helper()
	ctx := context.Background()
	var h heard
	if _, h.err = s.conn.Exec(ctx, sql); h.err != nil {
		var pg *pgconn.PgError
		if errors.As(h.err, &pg) {
			h.hint = pg.Hint
		}
	}
	h.notice, h.notices = s.notice, s.notices
	for _, n := range s.notifications() {
		h.wakes = h.wakes || n.Channel == "pgcast_wake"
		h.controls = h.controls || n.Channel == "pgcast_control"
	}
	return h
}

// notifications are those sent up to now: a last one closes the list.
func (s *session) notifications() (all []*pgconn.Notification) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if _, err := s.conn.Exec(ctx, `notify done`); err != nil {
		s.t.Fatal(err)
	}
	for {
		n, err := s.listener.WaitForNotification(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		if n.Channel == "done" {
			return all
		}
		all = append(all, n)
	}
}

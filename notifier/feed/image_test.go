package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// show prints an image, wide values by their length.
func show(m *feed.Image) string {
	var b strings.Builder
	for i, c := range m.Columns {
		text, kind := m.Value(i)
		switch {
		case kind == feed.Absent:
			text = "absent"
		case kind == feed.Null:
			text = "null"
		case len(text) > 100:
			text = fmt.Sprintf("%d bytes", len(text))
		}
		fmt.Fprintf(&b, "%s %s = %s\n", c.Name, c.Type, text)
	}
	return b.String()
}

// Both sources show the same columns of the same changes: whole rows when they
// appear, without what lies out of line and stays when they change, and the
// identity when they go.
func TestBothSourcesGiveTheSameImages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	replication, a := run(t, d, func(*feed.Config) {})
	listen, b := run(t, d, func(c *feed.Config) { c.NoReplication, c.Name = true, "second" })
	serves(t, replication, feed.Replication)
	serves(t, listen, feed.Listen)
	user := newUser()
	same := func(step string) *feed.Image {
		t.Helper()
		x, y := next(t, a), next(t, b)
		if show(x.Row) != show(y.Row) {
			t.Errorf("%s: replication shows\n%s\nLISTEN\n%s", step, show(x.Row), show(y.Row))
		}
		return x.Row
	}
	has := func(step string, m *feed.Image, column string, want feed.Kind) {
		t.Helper()
		if _, kind := m.Get(column); kind != want {
			t.Errorf("%s: column %s is %q, want %q", step, column, kind, want)
		}
	}

	small := d.Job(t, user, "").ID
	has("insert", same("insert"), "preview", feed.Text)
	d.Exec(t, `update jobs set status = 'canceled' where id = $1`, small.String())
	has("update of a small row", same("update of a small row"), "preview", feed.Text)

	for _, preview := range []int{400, 400_000, 2_000_000} {
		wide := job.NewID()
		d.Exec(t, `insert into jobs (id, user_id, columns, preview, profile, params) values ($1, $2, '[]', $3, '{"rows": 144, "columns": ["month", "sales"], "more": true}', '{"horizon": 12, "note": "a note that is long enough to lie out of line"}')`,
			wide.String(), user.String(), strings.Repeat("ab", preview/2))
		made := same("insert with wide texts")
		if preview > 1<<20 {
			has("insert over a megabyte", made, "preview", feed.Absent)
			has("insert over a megabyte", made, "status", feed.Text)
		} else {
			has("insert with wide texts", made, "preview", feed.Text)
		}
		d.Exec(t, `update jobs set status = 'canceled' where id = $1`, wide.String())
		changed := same("update of a wide row")
		has("update of a wide row", changed, "preview", feed.Absent)
		has("update of a wide row", changed, "profile", feed.Absent)
		has("update of a wide row", changed, "columns", feed.Text)
		has("update of a wide row", changed, "params", feed.Text)
		d.Exec(t, `delete from jobs where id = $1`, wide.String())
		gone := same("delete")
		has("delete", gone, "status", feed.Text)
		has("delete", gone, "version", feed.Absent)
	}
}

// What a job tells of its row agrees with the row.
func TestImageOfAJob(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	f, events := run(t, d, func(*feed.Config) {})
	serves(t, f, feed.Replication)
	d.Exec(t, `insert into jobs (user_id, progress, stage, metrics, priority, run_at, error_message, params)
		values (gen_random_uuid(), 0.35, 'fit', '{"mase": 0.75, "n": [1, 2]}', 7, now() + interval '1 day', 'é "x"', '{"horizon": 3}')`)
	e := next(t, events)
	told := feed.ImageOf(&e.Job)
	for i, c := range told.Columns {
		text, kind := told.Value(i)
		if want, wantKind := e.Row.Get(c.Name); text != want || kind != wantKind {
			t.Errorf("column %s of the job is %q (%c), of the row %q (%c)", c.Name, text, kind, want, wantKind)
		}
		if c.Type != typeOf(e.Row, c.Name) {
			t.Errorf("column %s is a %s, want %s", c.Name, c.Type, typeOf(e.Row, c.Name))
		}
	}
	if e.Row.Bytes() < 100 || e.At.After(time.Now().Add(time.Hour)) {
		t.Errorf("%+v", e)
	}
}

func typeOf(m *feed.Image, column string) string {
	for _, c := range m.Columns {
		if c.Name == column {
			return c.Type
		}
	}
	return ""
}

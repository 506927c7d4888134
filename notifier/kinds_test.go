package notifier_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// kinds are changes of every kind, one transaction each, of job $1 of user $2;
// $3 is another user.
var kinds = []struct{ name, sql string }{
	{"an insert", `insert into jobs (id, user_id, file_name) values ($1, $2, E'q"uote\\ \n é 漢 \u2028.csv')`},
	{"a try that is rolled back", `begin update jobs set priority = 1; raise 'no'; exception when others then null; end`},
	{"another priority", `update jobs set priority = 7 where id = $1`},
	{"no change at all", `update jobs set priority = priority where id = $1`},
	{"parameters", `update jobs set params = '{"horizon": 12, "timezone": "Europe/Zürich"}', run_at = '2031-02-03 04:05:06.789+00' where id = $1`},
	{"another time", `update jobs set run_at = '2031-02-03 04:05:06+05:30' where id = $1`},
	{"a stop", `update jobs set status = 'canceled' where id = $1`},
	{"another run", `update jobs set status = 'pending' where id = $1`},
	{"one more stop", `update jobs set status = 'canceled' where id = $1`},
	{"a repair", `update jobs set status = 'pending' where id = $1; update jobs set status = 'canceled' where id = $1; update jobs set status = 'pending', run_at = now() where id = $1`},
	{"a claim", `perform pgcast.claim('p', 4)`},
	{"progress", `update jobs set progress = 1.0 / 3, stage = 'backtest' where id = $1`},
	{"a failure that may pass", `perform pgcast.fail($1, (select fence from jobs where id = $1), 'storage', 'later', true)`},
	{"the next claim", `update jobs set run_at = now(), status = 'pending' where id = $1; perform pgcast.claim('p', 4)`},
	{"a failure", `perform pgcast.fail($1, (select fence from jobs where id = $1), 'data', 'Zeile 3: "x" ist keine Zahl' || chr(10), false)`},
	{"a claim and its end at once", `update jobs set status = 'pending' where id = $1; perform pgcast.claim('p', 4); perform pgcast.release(array[$1]::uuid[], array(select fence from jobs where id = $1))`},
	{"wide columns", `insert into jobs (user_id, preview, priority) values ($2, (select string_agg(md5(n::text), '') from generate_series(1, 500) n), 3)`},
	{"a change beside wide columns", `update jobs set priority = 8 where user_id = $2 and preview is not null`},
	{"another owner", `update jobs set user_id = $3 where id = $1`},
	{"and back", `update jobs set user_id = $2 where id = $1`},
	{"the end", `delete from jobs where id = $1`},
	{"again with the same id", `insert into jobs (id, user_id, priority) values ($1, $2, 2)`},
	{"a short life", `insert into jobs (id, user_id) values (gen_random_uuid(), $2); delete from jobs where user_id = $2 and id <> $1`},
	{"many at once", `insert into jobs (id, user_id, created_at) select gen_random_uuid(), $2, now() + n * interval '1 ms' from generate_series(1, 20) n`},
	{"many together", `update jobs set status = 'canceled' where user_id = $2 and status = 'pending'`},
	{"the end of many", `delete from jobs where user_id = $2`},
}

// ears are clients of both doors, of an owner and of the service role.
type ears struct {
	own, all   *client
	mine, they *phoenix
}

func (b *bundle) ears(t *testing.T, user job.UserID) ears {
	t.Helper()
	e := ears{b.connect(t, user), b.connectAs(t, auth.RoleService, job.UserID{}), b.phoenix(t, keys.Anon), b.phoenix(t, keys.Service)}
	e.own.follow(t)
	e.all.follow(t)
	e.mine.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	e.they.join(t, "", everything)
	return e
}

// atCommit are parts of frames that depend on when they were sent, or that only
// one source knows to the moment.
var atCommit = regexp.MustCompile(`"cursor":"[^"]*",?|"commit_timestamp":"[^"]*"`)

// lastOnly leaves of what is told of each job but the last time only what
// happened, and nothing where that is its end: LISTEN cannot read a row as it was
// in between.
func lastOnly(told []string) []string {
	last := map[string]string{}
	for _, text := range told {
		last[aJob.FindString(text)] = text
	}
	var short []string
	for _, text := range told {
		switch end := last[aJob.FindString(text)]; {
		case end == text:
			short = append(short, text)
		case !strings.Contains(end, `"deleted"`) && !strings.Contains(end, `"DELETE"`):
			short = append(short, strings.Join(aStep.FindAllString(text, -1), " "))
		}
	}
	return short
}

var (
	aJob  = regexp.MustCompile(`"(job_)?id":"[^"]*"`)
	aStep = regexp.MustCompile(`"(job_id|id|type|op|old_status|status|version|error_code)":[^,}]*`)
)

// until reads what each of them is told up to a mark, without the mark.
func (e ears) until(t *testing.T, mark string) [4][]string {
	t.Helper()
	var told [4][]string
	for i, next := range []func() string{
		func() string { return e.own.next(t).raw }, func() string { return e.all.next(t).raw },
		func() string { return e.mine.next(t).raw }, func() string { return e.they.next(t).raw },
	} {
		for text := next(); !strings.Contains(text, mark); text = next() {
			told[i] = append(told[i], atCommit.ReplaceAllString(text, ""))
		}
	}
	return told
}

// Clients cannot tell which source serves them: all doors say the same of every
// kind of change, byte by byte, to an owner and to the service role.
func TestBothSourcesTellEveryKindOfChangeAlike(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	flushing(t, d)
	first := beside(t, d, feed.Replication, withKeys)
	second := beside(t, d, feed.Listen, withKeys)
	user, other := newUser(), newUser()
	one, two := first.ears(t, user), second.ears(t, user)
	if err := d.Heartbeat(t.Context(), job.Processor{ID: "p", Name: "p", Slots: 4}); err != nil {
		t.Fatalf("heartbeat: %v", err)
	}
	id := job.NewID().String()
	fill := strings.NewReplacer("$1", "'"+id+"'::uuid", "$2", "'"+user.String()+"'::uuid", "$3", "'"+other.String()+"'::uuid")
	heard := 0
	for _, kind := range kinds {
		d.Exec(t, `do $do$ begin `+fill.Replace(kind.sql)+`; end $do$`)
		mark := d.Job(t, user, "").ID.String()
		a, b := one.until(t, mark), two.until(t, mark)
		for i, who := range []string{"/v1/ws, the owner", "/v1/ws, the service role", "Supabase, the owner", "Supabase, the service role"} {
			heard += len(a[i])
			if a, b := lastOnly(a[i]), lastOnly(b[i]); !slices.Equal(a, b) {
				t.Errorf("%s: %s is told\nreplication %s\nlisten      %s", kind.name, who, strings.Join(a, "\n            "), strings.Join(b, "\n            "))
			}
		}
		d.Exec(t, `delete from jobs where id = $1`, mark)
		if gone := fmt.Sprint(one.until(t, mark), two.until(t, mark)); gone != fmt.Sprint([4][]string{}, [4][]string{}) {
			t.Errorf("before the end of a mark: %s", gone)
		}
	}
	if least := 4 * 2 * len(kinds); heard < least {
		t.Errorf("%d frames were compared, want %d at least", heard, least)
	}
}

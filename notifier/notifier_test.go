package notifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

var sources = []feed.Mode{feed.Replication, feed.Listen}

// life takes a job through everything that can happen to it, one commit at a
// time, and calls seen after each.
func life(t *testing.T, d *dbtest.DB, user job.UserID, seen func(step string)) job.ID {
	t.Helper()
	ctx := context.Background()
	id := d.Job(t, user, "").ID
	seen("uploaded")
	if _, err := d.Request(ctx, user, id, json.RawMessage(`{"horizon": 12}`)); err != nil {
		t.Fatalf("request: %v", err)
	}
	seen("asked for")
	claim := claimOne(t, d, id)
	seen("claimed")
	d.Exec(t, `update jobs set progress = 0.25, stage = 'backtest' where id = $1`, id.String())
	seen("progress")
	outcome := job.Outcome{Folder: "f", OutputPath: "o.json", Checksums: map[string]string{"output.json": "00"},
		ModelUsed: "theta", Metrics: json.RawMessage(`{"mase": 0.75}`)}
	if err := d.Complete(ctx, []job.Completion{{Claim: claim, Outcome: outcome}}, func(context.Context, job.Claim) error { return nil })[0]; err != nil {
		t.Fatalf("complete: %v", err)
	}
	seen("completed")
	d.Exec(t, `update jobs set status = 'pending' where id = $1`, id.String())
	seen("run again")
	d.Exec(t, `update jobs set status = 'canceled' where id = $1`, id.String())
	seen("canceled")
	d.Exec(t, `delete from jobs where id = $1`, id.String())
	seen("deleted")
	return id
}

func claimOne(t *testing.T, d *dbtest.DB, id job.ID) job.Claim {
	t.Helper()
	if err := d.Heartbeat(t.Context(), job.Processor{ID: "p", Name: "p", Slots: 4}); err != nil {
		t.Fatalf("heartbeat: %v", err)
	}
	claims, err := d.Claim(t.Context(), "p", 1, 0)
	if err != nil || len(claims) != 1 || claims[0].ID != id {
		t.Fatalf("claim got %v, %v; want job %s", claims, err, id)
	}
	return claims[0]
}

func TestOwnerSeesEveryStepAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			owner, other := newUser(), newUser()
			mine, theirs := b.connect(t, owner), b.connect(t, other)
			mine.follow(t)
			theirs.follow(t)
			service := b.connectAs(t, auth.RoleService, job.UserID{})
			service.follow(t)

			var got, served []string
			id := life(t, b.DB, owner, func(string) {
				got = append(got, step(mine.next(t)))
				served = append(served, step(service.next(t)))
			})

			want := []string{"insert→pending", "update pending→pending", "update pending→processing", "update processing→processing",
				"update processing→completed", "update completed→pending", "update pending→canceled", "deleted canceled"}
			if !slices.Equal(got, want) {
				t.Errorf("the owner saw\n%q, want\n%q", got, want)
			}
			if !slices.Equal(served, want) {
				t.Errorf("the service role saw\n%q, want\n%q", served, want)
			}
			own := b.Job(t, other, "").ID
			if f := theirs.next(t); f.Job.ID != own {
				t.Errorf("another user saw %s, want only its own job and nothing of %s", f.raw, id)
			}
		})
	}
}

func step(f frame) string {
	switch f.Type {
	case "job":
		if f.Op == "insert" {
			return "insert→" + string(f.Job.Status)
		}
		return f.Op + " " + string(f.OldStatus) + "→" + string(f.Job.Status)
	case "deleted":
		return "deleted " + string(f.OldStatus)
	}
	return f.raw
}

func TestBothSourcesGiveTheSameFrames(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	flushing(t, d)
	user := newUser()
	var clients []*client
	for _, source := range sources {
		c := beside(t, d, source).connect(t, user)
		c.follow(t)
		clients = append(clients, c)
	}
	life(t, d, user, func(what string) {
		a, b := withoutCursor(clients[0].next(t)), withoutCursor(clients[1].next(t))
		if a != b {
			t.Errorf("%s:\nreplication %s\nlisten      %s", what, a, b)
		}
	})
}

// withoutCursor is a frame without what depends on when it was sent.
func withoutCursor(f frame) string {
	return strings.Replace(f.raw, fmt.Sprintf(`"cursor":%q,`, f.Cursor), "", 1)
}

func TestNoStatusIsSkippedInAHurry(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			user := newUser()
			c := b.connect(t, user)
			c.follow(t)
			id := b.Job(t, user, "").ID
			want, got := []string{"insert→pending"}, []string{}
			for range 20 {
				b.Exec(t, `update jobs set status = 'canceled' where id = $1`, id.String())
				b.Exec(t, `update jobs set status = 'pending' where id = $1`, id.String())
				want = append(want, "update pending→canceled", "update canceled→pending")
			}
			for range want {
				got = append(got, step(c.next(t)))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%q, want\n%q", got, want)
			}
		})
	}
}

// A statement that makes many jobs is told of by LISTEN without their names.
func TestJobsOfOneStatementAreToldFromTheirFirstStep(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			user := newUser()
			c := b.connect(t, user)
			c.follow(t)
			const made, canceled = 150, 20
			b.Exec(t, `insert into jobs (user_id) select $1 from generate_series(1, $2)`, user.String(), made)
			for range canceled {
				b.Exec(t, `update jobs set status = 'canceled' where id = (select id from jobs where user_id = $1 and status = 'pending' limit 1)`, user.String())
			}
			told := map[job.ID][]string{}
			for range made + canceled {
				f := c.next(t)
				told[f.Job.ID] = append(told[f.Job.ID], step(f))
			}
			for id, steps := range told {
				if want := []string{"insert→pending", "update pending→canceled"}; !slices.Equal(steps, want[:len(steps)]) {
					t.Errorf("of job %s is told %q", id, steps)
				}
			}
			if len(told) != made {
				t.Errorf("%d jobs are told of, want %d", len(told), made)
			}
		})
	}
}

func TestSnapshotAndChangeAreTheSameResource(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	early, late := b.connect(t, user), b.connect(t, user)
	early.follow(t)
	made := b.Job(t, user, `{"horizon": 3}`)
	changed := early.next(t).Job
	snapshot := late.follow(t)
	if len(snapshot) != 1 || snapshot[0].ID != made.ID {
		t.Fatalf("snapshot is %v, want job %s", snapshot, made.ID)
	}
	x, _ := json.Marshal(changed)
	y, _ := json.Marshal(snapshot[0])
	if string(x) != string(y) {
		t.Errorf("the change says\n%s, the snapshot\n%s", x, y)
	}
}

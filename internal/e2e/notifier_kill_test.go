package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/wire"
)

// A client is cut again and again, comes back each time to any of two notifiers,
// and these are killed now and then, while its jobs change, also in transactions
// that stay open. It is told every change of status, in order.
func TestCutsAndKilledNotifiersLoseNothing(t *testing.T) {
	t.Parallel()
	const cuts, seed = 20, 2026
	s := openSite(t, 0)
	notifiers := []*service{s.door, keep(t, s.environ(), "notifier")}
	random := rand.New(rand.NewPCG(seed, 0))
	f := &wanderer{member: s.join(t), version: map[job.ID]int64{}, told: map[job.ID][]job.Status{}}
	for range 3 {
		f.jobs = append(f.jobs, uuid.New().String())
	}
	rows(t, s.world, pgx.RowTo[string], `insert into jobs (id, user_id) select unnest($1::text[]::uuid[]), $2 returning id::text`, f.jobs, f.id.String())
	f.visit(t, notifiers[0], frames(1))

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	conns := []*pgx.Conn{s.connect(t), s.connect(t)}
	written := make(chan error, 1)
	go func() { written <- f.write(ctx, conns) }()
	for n := range cuts {
		f.visit(t, notifiers[random.IntN(2)], frames(random.IntN(30)))
		if n%5 == 4 {
			notifiers[random.IntN(2)].kill()
		}
	}
	stop()
	if err := <-written; err != nil {
		t.Fatalf("write: %v", err)
	}
	newest := value[int64](t, s.world, `select sum(version)::bigint from jobs where user_id = $1`, f.id.String())
	f.visit(t, notifiers[0], func() bool {
		had := int64(0)
		for _, version := range f.version {
			had += version
		}
		return had == newest
	})

	type step struct {
		Job    string
		Status job.Status
	}
	want := map[job.ID][]job.Status{}
	for _, step := range rows(t, s.world, pgx.RowToStructByPos[step],
		`select job_id::text, status from job_events where user_id = $1 order by job_id, version`, f.id.String()) {
		id := job.ID{UUID: uuid.MustParse(step.Job)}
		want[id] = append(want[id], step.Status)
	}
	changes := 0
	for id, statuses := range want {
		changes += len(statuses) - 1
		if got := f.told[id]; len(got) != len(statuses) || got[len(got)-1] != statuses[len(statuses)-1] {
			t.Errorf("of job %s %d changes of status were told, want %d", id, len(got), len(statuses))
		}
	}
	t.Logf("%d changes of status, %d told again, %d times too slow", changes, f.repeated, f.slow)
	if f.resets > 0 || f.misordered > 0 {
		t.Errorf("%d resets, %d frames out of order", f.resets, f.misordered)
	}
	eventually(t, "the slots of killed notifiers are gone", func() bool {
		return value[bool](t, s.world, `
			select count(*) <= $1 and coalesce(bool_and(temporary and active), true)
			from pg_replication_slots where database = current_database()`, len(notifiers))
	})
}

// wanderer is a client that comes back with its cursor.
type wanderer struct {
	*member
	jobs []string

	cursor                       string
	version                      map[job.ID]int64
	told                         map[job.ID][]job.Status
	resets, misordered, repeated int
	slow                         int
}

// visit connects and reads until enough, which is asked after each frame that
// told of something, and the client has a cursor. A client that a busy machine
// makes too slow is told to come back, and does.
func (f *wanderer) visit(t *testing.T, n *service, enough func() bool) {
	t.Helper()
	for !f.stay(t, n, enough) {
		f.slow++
	}
}

// stay is visit until the client was too slow, which it reports as false.
func (f *wanderer) stay(t *testing.T, n *service, enough func() bool) bool {
	t.Helper()
	var ws *websocket.Conn
	eventually(t, "a notifier lets the client in", func() bool {
		var err error
		ws, _, err = websocket.DefaultDialer.DialContext(t.Context(), "ws://"+n.address()+"/v1/ws", http.Header{"Authorization": {"Bearer " + f.token}})
		return err == nil
	})
	defer ws.Close()
	ask := map[string]any{"type": "subscribe", "id": 1, "all": true}
	if f.cursor != "" {
		ask["cursor"] = f.cursor
	}
	if err := ws.WriteJSON(ask); err != nil {
		t.Fatal(err)
	}
	for done := enough(); !done || f.cursor == ""; {
		told, err := f.next(ws)
		switch {
		case websocket.IsCloseError(err, wire.CloseSlow):
			return false
		case err != nil:
			t.Fatalf("read a frame: %v", err)
		case told:
			done = enough()
		}
	}
	return true
}

// frames is enough after so many.
func frames(n int) func() bool {
	return func() bool {
		n--
		return n < 0
	}
}

// next reads a frame and reports whether it told of something.
func (f *wanderer) next(ws *websocket.Conn) (told bool, err error) {
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	_, text, err := ws.ReadMessage()
	if err != nil {
		return false, err
	}
	var in struct {
		frame
		Cursor   string
		Replayed bool
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return false, fmt.Errorf("%w: %s", err, text)
	}
	if in.Cursor != "" {
		f.cursor = in.Cursor
	}
	switch in.Type {
	case "reset":
		f.resets++
	case "snapshot":
		for _, j := range in.Jobs {
			f.take(j, false)
		}
	case "job":
		f.take(in.Job, in.Replayed)
	default:
		return false, nil
	}
	return true, nil
}

func (f *wanderer) take(j job.Job, replayed bool) {
	switch {
	case j.Version > f.version[j.ID]:
		f.version[j.ID] = j.Version
		f.told[j.ID] = append(f.told[j.ID], j.Status)
	case replayed:
		f.repeated++
	default:
		f.misordered++
	}
}

// write changes the status of the jobs until ctx ends, of one of them in a
// transaction that is open while the others change.
func (f *wanderer) write(ctx context.Context, conns []*pgx.Conn) error {
	const flip = `update jobs set status = case status when 'pending' then 'canceled' else 'pending' end where id = $1::text::uuid`
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		late, err := conns[0].Begin(whole)
		if err != nil {
			return err
		}
		if _, err := late.Exec(whole, flip, f.jobs[0]); err != nil {
			return err
		}
		for n := range 4 {
			if _, err := conns[1].Exec(whole, flip, f.jobs[1+n%2]); err != nil {
				return err
			}
		}
		if err := late.Commit(whole); err != nil {
			return err
		}
	}
	return nil
}

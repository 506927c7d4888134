package hub

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
)

// trailTo is a trail with a step of each transaction.
func trailTo(to job.Mark, user job.UserID, txids ...uint64) job.Trail {
	t := job.Trail{To: to, Whole: true}
	for _, txid := range txids {
		t.Steps = append(t.Steps, job.Step{ID: int64(txid), UserID: user, TxID: txid, Status: job.Pending})
	}
	return t
}

func TestRingKnowsWhatItHas(t *testing.T) {
	t.Parallel()
	user, start := job.UserID{UUID: uuid.New()}, time.Now()
	mark := func(next uint64, open ...uint64) job.Mark { return job.Mark{Database: "d", Next: next, Open: open} }
	var r ring
	r.restart(job.Trail{From: mark(10, 7), To: mark(10, 7)}, start)
	r.follow(trailTo(mark(13, 7, 11), user, 10, 12), start)
	r.follow(trailTo(mark(15, 11), user, 7, 13, 14), start.Add(ringFor))
	r.follow(trailTo(mark(16), user, 11, 15), start.Add(ringFor))

	viewer := Viewer{User: user, Role: Authenticated}
	has := func(when string, since job.Mark, want int) {
		t.Helper()
		parts, end, known := r.since(since, viewer)
		got := 0
		for _, p := range parts {
			got += len(p.steps)
		}
		if known != (want >= 0) || known && got != want || end.Next != 16 {
			t.Errorf("%s, since %+v: %d steps, known %t; want %d", when, since, got, known, want)
		}
	}
	has("at first", mark(10, 7), 7)
	has("at first", mark(13, 7, 11), 5)
	has("at first", mark(16), 0)
	has("at first", mark(14), 2)
	has("at first", mark(10, 6, 7), -1) // 6 had ended when the ring began
	has("at first", mark(9), -1)
	has("at first", mark(17), -1) // yet to come
	has("at first", job.Mark{Database: "e", Next: 13}, -1)
	if parts, _, _ := r.since(mark(10, 7), Viewer{User: job.UserID{UUID: uuid.New()}, Role: Authenticated}); len(parts) != 0 {
		t.Errorf("somebody else is told %v", parts)
	}
	r.forget(start.Add(ringFor + time.Second))
	has("later", mark(10, 7), -1)
	has("later", mark(13, 7, 11), 5)
	r.forget(start.Add(3 * ringFor))
	has("at last", mark(15, 11), -1)
	has("at last", mark(16), 0)
}

package hub

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// A step that the source left out is told before the one that it brings next.
func TestSourceDoesNotOvertakeTheTrail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		missed []job.Status // one after the other, from pending
		begins bool         // the source begins anew
	}{
		{"one that wrote before notices were asked for", []job.Status{job.Canceled}, false},
		{"two while no source was live, after which all looks as before", []job.Status{job.Canceled, job.Pending}, true},
		{"two that nobody told, after which all looks as before", []job.Status{job.Canceled, job.Pending}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			j := newJob(job.UserID{UUID: uuid.New()})
			h, rows := setup(t, j)
			woken := make(chan struct{}, 100)
			s, err := h.Open(Viewer{User: j.UserID, Role: Authenticated}, func(bool) { woken <- struct{}{} })
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			follow(t, s)
			wants(t, s, "snapshot of 1")

			var want []string
			now := j
			for _, status := range append(c.missed, job.Processing) {
				next := at(j, now.Version+1, status)
				want = append(want, fmt.Sprintf("update %s→%s v%d", now.Status, status, next.Version))
				if status != job.Processing {
					rows.record(next, now.Status)
				} else {
					rows.mu.Lock()
					rows.rows[j.ID] = next
					rows.mu.Unlock()
					if c.begins {
						h.TrailFirst()
					}
					publish(h, feed.Update, next, now.Status)
				}
				now = next
			}
			var got []string
			for deadline := time.After(time.Minute); len(got) < len(want); got = append(got, told(s)...) {
				select {
				case <-woken:
				case <-deadline:
					t.Fatalf("told only %q", got)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("told %q, want %q", got, want)
			}
		})
	}
}

// However wide rows are, what waits for the trail stays small: then it is told.
func TestWhatWaitsForTheTrailIsBounded(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	h := New(Config{Jobs: &table{}, Metrics: noMetrics{}, QueueBytes: 2 * holdBytes}) // which nobody runs: the trail is not read
	s := open(t, h, user)
	follow(t, s)
	told(s)
	h.TrailFirst()
	const wide = 1 << 20
	for n := range holdBytes / wide {
		if words := told(s); len(words) > 0 {
			t.Fatalf("after %d rows of a megabyte it is told %q", n, words)
		}
		j := newJob(user)
		j.ErrorMessage = strings.Repeat("x", wide)
		h.Publish([]feed.Event{{Op: feed.Insert, Job: j, Row: feed.ImageOf(&j)}})
	}
	if got := len(told(s)); got != holdBytes/wide {
		t.Errorf("of %d rows %d are told", holdBytes/wide, got)
	}
}

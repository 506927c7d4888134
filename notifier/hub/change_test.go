package hub

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestAChangeIsUsedAgainWhenEverybodyHasGivenItBack(t *testing.T) {
	t.Parallel()
	user := job.UserID{UUID: uuid.New()}
	first := newJob(user)
	h, _ := setup(t, first)
	quick, slow := open(t, h, user), open(t, h, user)
	follow(t, quick)
	follow(t, slow)
	publish(h, feed.Update, at(first, 2, job.Processing), job.Pending)
	Done(quick.Take())
	for version := int64(3); version < 6; version++ { // each of which would take the place of the first
		h.Publish([]feed.Event{{Op: feed.Update, Job: at(newJob(user), version, job.Failed), OldStatus: job.Pending, LSN: 1}})
		Done(quick.Take())
	}
	items := slow.Take()[1:] // the first is the snapshot
	if len(items) != 4 || items[0].Change.Job.ID != first.ID || !strings.Contains(string(items[0].Change.JSON()), `"processing"`) {
		t.Fatalf("of %d items the first is that of job %s, want that of %s", len(items), items[0].Change.Job.ID, first.ID)
	}
	for n, item := range items[1:] {
		if item.Change.Job.Version != int64(n+3) || item.Change.Job.ID != item.JobID {
			t.Errorf("item %d is in version %d of job %s, want %d of %s", n+1, item.Change.Job.Version, item.Change.Job.ID, n+3, item.JobID)
		}
	}
}

func TestAChangeThatIsKeptIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	e := feed.Event{Op: feed.Update, Job: newJob(job.UserID{UUID: uuid.New()})}
	c := lend(&e)
	c.keep() // by a session, which never gives it back
	c.giveBack()
	if c.Job.ID != e.Job.ID {
		t.Error("a change that somebody has was emptied")
	}
	literal := &Change{Event: e}
	literal.keep()
	literal.giveBack()
	if literal.Job.ID != e.Job.ID {
		t.Error("a change that was not lent was taken back")
	}
}

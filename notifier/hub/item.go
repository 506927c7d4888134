package hub

import (
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Kind says what an item tells a client.
type Kind int

// The kinds of items.
const (
	Snapshot Kind = iota // the present state of what a subscription covers
	Changed              // a job is as it now says
	Deleted              // a job is gone, or no longer the viewer's
	Reset                // changes may have been missed that nobody can name: read anew
	Resumed              // what was missed has been told
	Moved                // nothing but a newer place to resume from
)

// Item is one thing to tell a client.
type Item struct {
	Kind Kind

	Subscription int64     // of a Snapshot, Reset or Resumed: which one
	Jobs         []job.Job // of a Snapshot

	Change    *Change    // of a Changed or Deleted
	Op        feed.Op    // of a Changed: insert or update, as this client sees it
	OldStatus job.Status // of a Changed or Deleted: before the change, "" when not known
	JobID     job.ID     // of a Changed or Deleted
	Version   int64      // of a Deleted: 0 when not known
	Known     bool       // of a Resumed: jobs that were named are there
	Replayed  bool       // of a Changed or Deleted: the client missed it, or may have it already

	Cursor string // a place to resume from: what was told up to and with this item is not told again. "": as before
}

// itemOverhead is what an item counts in a queue beside its job, in bytes.
const itemOverhead = 128

// Done is [Done] for one of many: those that are told need no room while others
// are.
func (i *Item) Done() {
	if i.Change != nil {
		i.Change.giveBack()
	}
	*i = Item{}
}

func (i *Item) bytes() int {
	if i.Kind != Changed {
		return itemOverhead
	}
	return i.Change.bytes()
}

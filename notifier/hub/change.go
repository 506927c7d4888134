package hub

import (
	"sync"
	"sync/atomic"

	"github.com/pgcast/pgcast/notifier/feed"
)

// Change is an event on its way to sessions. They share it and its encoding.
type Change struct {
	feed.Event

	once sync.Once
	json []byte

	lent  bool         // made by lend
	users atomic.Int32 // of a lent one: who has not given it back
}

// JSON is the job resource after the change, encoded once for everybody.
func (c *Change) JSON() []byte {
	c.once.Do(func() { c.json = appendJob(c.json, &c.Job) })
	return c.json
}

func (c *Change) bytes() int {
	if c.Row != nil {
		return itemOverhead + c.Row.Bytes()
	}
	return itemOverhead + len(c.JSON())
}

// changes are those that were given back. Between one change and the next nothing
// else is made for most sessions, so that this was most of the work of the garbage
// collector.
var changes = sync.Pool{New: func() any { return &Change{lent: true} }}

// lend makes a change of an event. It is used again when the caller and each
// session that took it have given it back; one that is kept by somebody just is
// not.
func lend(e *feed.Event) *Change {
	c := changes.Get().(*Change)
	c.Event = *e
	c.users.Store(1)
	return c
}

// keep counts one more user of a change.
func (c *Change) keep() {
	if c.lent {
		c.users.Add(1)
	}
}

// maxJSON is how much room for its encoding a change that is used again has, in
// bytes.
const maxJSON = 4 << 10

func (c *Change) giveBack() {
	if !c.lent || c.users.Add(-1) > 0 {
		return
	}
	if c.Event, c.once = (feed.Event{}), (sync.Once{}); cap(c.json) > maxJSON {
		c.json = nil
	}
	c.json = c.json[:0]
	changes.Put(c)
}

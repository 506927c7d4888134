package realtime

import (
	"slices"
	"time"

	"github.com/pgcast/pgcast/notifier/hub"
)

// maxKept bounds, in bytes and changes, what is kept for a channel whose token
// has ended.
const (
	maxKeptBytes = 256 << 10
	maxKept      = 1000
)

// view is a channel as the writer knows it. Frames are written in the order in
// which the reader asked for them, and a view comes and goes with the frame that
// says so: nothing is shown before the join is answered or after the leave is.
type view struct {
	topic    string
	session  *session // nil: sees nothing
	bindings []binding

	parked bool // its token has ended, and it may come back
	kept   []hub.Item
	bytes  int
	lost   bool // more happened than is kept
}

// drain writes what the hub has to tell.
func (c *conn) drain() {
	var few [4]*session
	c.mu.Lock()
	sessions := append(few[:0], c.sessions...)
	c.mu.Unlock()
	for _, s := range sessions {
		items := s.Take()
		kept := false
		for n := range items {
			for _, v := range c.views {
				if v.session == s {
					kept = c.tell(v, &items[n]) || kept
				}
			}
		}
		if !kept {
			hub.Done(items)
		}
	}
}

// tell shows one thing to a channel, or keeps it for later.
func (c *conn) tell(v *view, i *hub.Item) (kept bool) {
	switch {
	case len(v.bindings) == 0 || i.Kind == hub.Snapshot:
	case v.parked:
		v.keep(i)
		return true
	case i.Kind == hub.Reset:
		c.mayMiss(v.topic)
	default:
		if e, ok := eventOf(i, v.session.Viewer()); ok {
			v.messages(c.v, &e, func(frame []byte) { c.Write(frame, eventChanges, e.commit) })
		}
	}
	return false
}

// mayMiss says that changes may be missing that nobody can name.
func (c *conn) mayMiss(topic string) {
	text := "Changes may have been missed: read the table again"
	c.Write(c.v.encode(message{topic: topic, event: eventSystem, payload: systemPayload(topic, eventChanges, "ok", text)}), eventSystem, time.Time{})
}

func (v *view) keep(i *hub.Item) {
	if i.Change != nil && i.Change.Row != nil {
		v.bytes += i.Change.Row.Bytes()
	}
	if v.lost = v.lost || i.Kind == hub.Reset || v.bytes > maxKeptBytes || len(v.kept) >= maxKept; v.lost {
		v.kept = nil
		return
	}
	v.kept = append(v.kept, *i)
}

// What an ordinary socket shows: of more, others need not wait for it.
const (
	lightBindings = 20
	lightWeight   = 200 // comparisons
)

// weigh notes whether there is much to show.
func (c *conn) weigh() {
	bindings, comparisons := 0, 0
	for _, v := range c.views {
		bindings += len(v.bindings)
		comparisons += weight(v.bindings)
	}
	c.heavy.Store(bindings > lightBindings || comparisons > lightWeight)
}

// show puts a view in the place of the topic's old one. What was kept for the
// same identity is told.
func (c *conn) show(v *view) {
	defer c.weigh()
	at := slices.IndexFunc(c.views, func(other *view) bool { return other.topic == v.topic })
	if at < 0 {
		c.views = append(c.views, v)
		return
	}
	old := c.views[at]
	c.views[at] = v
	if old.parked && old.session == v.session {
		for i := range old.kept {
			c.tell(v, &old.kept[i])
		}
		if old.lost {
			c.mayMiss(v.topic)
		}
	}
	c.release(old.session)
}

// hide ends the view of a topic, if it is still this one.
func (c *conn) hide(v *view) {
	if at := slices.Index(c.views, v); at >= 0 {
		c.views = slices.Delete(c.views, at, at+1)
		c.weigh()
		c.release(v.session)
	}
}

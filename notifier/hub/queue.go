package hub

import "github.com/pgcast/pgcast/internal/job"

// queue holds what a session has not taken yet, in order.
type queue struct {
	items []Item
	last  map[job.ID]int // where the newest item of a job stands
	bytes int            // of changes; what was asked for, as a snapshot, does not count
}

// push adds an item, or lets it take the place of a waiting one that it makes
// needless. merged tells which.
func (q *queue) push(i Item) (merged bool) {
	if i.Kind == Changed {
		if at, waiting := q.last[i.JobID]; waiting && supersedes(q.items[at], i) {
			old := &q.items[at]
			q.bytes += i.bytes()
			if !old.Replayed {
				q.bytes -= old.bytes()
			}
			old.Change, old.Replayed = i.Change, i.Replayed
			return true
		}
	}
	if i.Kind == Changed || i.Kind == Deleted {
		if q.last == nil {
			q.last = map[job.ID]int{}
		}
		q.last[i.JobID] = len(q.items)
		if !i.Replayed {
			q.bytes += i.bytes()
		}
	}
	q.items = append(q.items, i)
	return false
}

// supersedes reports whether a client that gets only the newer image misses
// nothing but progress.
func supersedes(old, i Item) bool {
	return old.Kind == Changed &&
		old.Change.Job.Status == i.Change.Job.Status &&
		old.Change.Job.ForecastID == i.Change.Job.ForecastID
}

// take empties the queue.
func (q *queue) take() []Item {
	items := q.items
	*q = queue{}
	return items
}

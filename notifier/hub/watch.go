package hub

import "github.com/pgcast/pgcast/internal/job"

// Watch calls wake whenever there may be news of a job of a user, until stop. It
// tells nothing itself: whoever watches reads the job. wake must not block. ok is
// false when the user has so much open that nobody else may watch.
func (h *Hub) Watch(user job.UserID, id job.ID, wake func()) (stop func(), ok bool) {
	s := &Session{viewer: Viewer{User: user, Role: Authenticated}}
	s.wake = func(bool) {
		Done(s.Take())
		wake()
	}
	h.mu.RLock()
	crowded := len(h.users[user]) >= h.config.MaxPerUser/2
	h.mu.RUnlock()
	if crowded {
		return nil, false
	}
	if _, err := h.open(s); err != nil {
		return nil, false
	}
	s.mu.Lock()
	s.add(1, Interest{Jobs: []job.ID{id}})
	s.mu.Unlock()
	return s.Close, true
}

package processor

import (
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// mark is the low-water mark of the claims. Jobs of priority 0 are claimed in
// the order of their turns, so what was claimed a while ago has left nothing
// before it but index entries of rows that are done. A claim that begins at
// the mark does not read those again, also when an old transaction keeps them
// from being cleaned up.
//
// A job asked for in a transaction that was open for longer than the age of
// the mark may lie before it: a full pass finds it.
type mark struct {
	age    time.Duration
	low    int64     // the largest turn that is old enough; 0: none yet
	recent []claimed // younger ones, oldest first, turns growing
}

// claimed is the largest turn claimed until then.
type claimed struct {
	turn int64
	at   time.Time
}

// note remembers what was claimed just now.
func (m *mark) note(claims []job.Claim, now time.Time) {
	largest := m.low
	if n := len(m.recent); n > 0 {
		largest = m.recent[n-1].turn
	}
	before := largest
	for _, c := range claims {
		if c.Priority == 0 {
			largest = max(largest, c.Turn)
		}
	}
	if largest > before {
		m.recent = append(m.recent, claimed{largest, now})
	}
}

// at returns where a claim may begin; 0: everywhere.
func (m *mark) at(now time.Time) int64 {
	old := 0
	for old < len(m.recent) && now.Sub(m.recent[old].at) >= m.age {
		m.low = m.recent[old].turn
		old++
	}
	m.recent = m.recent[old:]
	return m.low
}

// passed reports that the claims reached beyond low: they go by priority and
// then by turn, so nothing is left before it.
func passed(claims []job.Claim, low int64) bool {
	for _, c := range claims {
		if c.Priority < 0 || c.Priority == 0 && c.Turn >= low {
			return true
		}
	}
	return false
}

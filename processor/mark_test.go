package processor

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestTheMarkIsTheLargestTurnThatIsOldEnough(t *testing.T) {
	t.Parallel()
	m := mark{age: 2 * time.Second}
	begin := time.Now()
	after := func(d time.Duration) time.Time { return begin.Add(d) }
	m.note([]job.Claim{{Turn: 30}, {Turn: 20}, {Turn: 90, Priority: 5}}, after(0))
	m.note([]job.Claim{{Turn: 10}}, after(500*time.Millisecond)) // given to the front before
	m.note([]job.Claim{{Turn: 50}, {Turn: 80, Priority: -1}}, after(time.Second))
	for _, c := range []struct {
		at   time.Duration
		want int64
	}{{0, 0}, {1999 * time.Millisecond, 0}, {2 * time.Second, 30}, {2900 * time.Millisecond, 30}, {3 * time.Second, 50}, {time.Hour, 50}} {
		if got := m.at(after(c.at)); got != c.want {
			t.Errorf("after %v the mark is %d, want %d", c.at, got, c.want)
		}
	}
	if len(m.recent) != 0 {
		t.Errorf("%d old turns are still remembered", len(m.recent))
	}
}

func TestClaimsHavePassedAMark(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims []job.Claim
		want   bool
	}{
		"nothing was claimed":    {nil, false},
		"all lay before it":      {[]job.Claim{{Turn: 1}, {Turn: 2}}, false},
		"the last lay beyond":    {[]job.Claim{{Turn: 1}, {Turn: 11}}, true},
		"urgent ones say little": {[]job.Claim{{Turn: 11, Priority: 1}}, false},
		"idle ones come last":    {[]job.Claim{{Turn: 1, Priority: -1}}, true},
	} {
		if got := passed(c.claims, 10); got != c.want {
			t.Errorf("%s: passed is %v", name, got)
		}
	}
}

package ingest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// maxWait keeps an answer within the 30 s in which hosting routers expect its
// first byte.
const maxWait = 25 * time.Second

// The pause between two looks at a run grows from the first to the last, which is
// longer where somebody tells of news.
const (
	firstLook = 15 * time.Millisecond
	lastLook  = 500 * time.Millisecond
	restLook  = 5 * time.Second
)

// preferredWait reads "wait=20" from a Prefer header (RFC 7240); 0 when it is
// not asked for.
func preferredWait(header string) time.Duration {
	for _, preference := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
		seconds, err := strconv.Atoi(strings.Trim(value, `"`))
		if strings.EqualFold(name, "wait") && err == nil && seconds > 0 {
			return min(time.Duration(min(seconds, 3600))*time.Second, maxWait)
		}
	}
	return 0
}

// wait returns the job once the run it asks for has ended, or as it is when
// patience is at its end. A job that was asked for another run meanwhile has
// ended this one.
func (s *Server) wait(ctx context.Context, user job.UserID, j job.Job, patience time.Duration) (job.Job, error) {
	run, err := job.ParseRunID(j.ForecastID)
	if err != nil {
		return j, nil // nothing to wait for
	}
	news, stop, told := s.news(user, j.ID)
	defer stop()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for pause, over := firstLook, false; !over; pause = nextLook(pause, told) {
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case <-deadline.C:
			over = true
		case <-news:
		case <-time.After(pause):
		}
		r, err := s.Jobs.Run(ctx, user, run)
		if err != nil {
			return j, fmt.Errorf("wait for run: %w", err)
		}
		over = over || r.Status.Terminal()
	}
	d, err := s.Jobs.Get(ctx, user, j.ID)
	if err != nil {
		return j, fmt.Errorf("wait for job: %w", err)
	}
	return d.Job, nil
}

// news is written to when there may be some of a job; told is false when nobody
// tells.
func (s *Server) news(user job.UserID, id job.ID) (news <-chan struct{}, stop func(), told bool) {
	if s.Watch == nil {
		return nil, func() {}, false
	}
	heard := make(chan struct{}, 1)
	stop, told = s.Watch(user, id, func() {
		select {
		case heard <- struct{}{}:
		default: // a look is due anyway
		}
	})
	if !told {
		stop = func() {}
	}
	return heard, stop, told
}

func nextLook(pause time.Duration, told bool) time.Duration {
	if told {
		return restLook
	}
	return min(pause*3/2, lastLook)
}

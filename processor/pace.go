package processor

import (
	"context"
	"math/rand/v2"
	"time"
)

// pace holds the intervals of the processor's loops, and its other times. Polls
// and what is done again and again are jittered by a tenth, so that processors
// do not march in step.
type pace struct {
	poll      time.Duration // between claims nobody asked for, while wake-ups are not proven
	slowPoll  time.Duration // the same while they are
	quiet     time.Duration // after an empty claim
	short     time.Duration // work that takes less is claimed and completed in numbers
	mark      time.Duration // age of the low-water mark of claims
	full      time.Duration // between full passes because claims from the mark on found too little
	later     time.Duration // between looks for the time of jobs that were put off here
	suspect   time.Duration // at most, until a busy processor makes room for a suspect
	alone     time.Duration // how long it then goes on with suspects
	watch     time.Duration // between looks at runs that do not go on
	patience  time.Duration // a claim waits for a slot, before it is handed back
	deaf      time.Duration // a run goes on although it was told to stop, before the log says so
	report    time.Duration // between progress reports
	heartbeat time.Duration // between heartbeats
	silence   time.Duration // without a heartbeat that arrived: stop the own work. 5 s less than the lease.
	rescue    time.Duration // between rescues
	audit     time.Duration // between looks for jobs whose files are in doubt
	depth     time.Duration // between counts of waiting jobs
	sweep     time.Duration // between sweeps of left over folders
	statement time.Duration // limit of one short statement
	finish    time.Duration // limit of one completion with its uploads
	publish   time.Duration // limit of the uploads when several are completed together
	stall     time.Duration // a completion of several takes longer: another may begin
	goodbye   time.Duration // limit of each last step when stopping
	retry     time.Duration // first pause after an error; doubles up to retryMost
	retryMost time.Duration
}

func standardPace() pace {
	return pace{
		poll: time.Second, slowPoll: 5 * time.Second, quiet: 10 * time.Millisecond, short: 20 * time.Millisecond,
		mark: 2 * time.Second, full: 500 * time.Millisecond, later: 100 * time.Millisecond,
		suspect: 10 * time.Second, alone: 10 * time.Second,
		watch: 250 * time.Millisecond, patience: 500 * time.Millisecond, deaf: 5 * time.Second, report: 500 * time.Millisecond,
		heartbeat: 10 * time.Second, silence: 25 * time.Second, rescue: 750 * time.Millisecond,
		audit: 5 * time.Second, depth: 5 * time.Second, sweep: time.Minute,
		statement: 5 * time.Second, finish: 30 * time.Second, publish: 2 * time.Second, stall: 100 * time.Millisecond, goodbye: time.Second,
		retry: 100 * time.Millisecond, retryMost: 5 * time.Second,
	}
}

// jittered is d give or take a tenth.
func jittered(d time.Duration) time.Duration {
	return time.Duration((0.9 + 0.2*rand.Float64()) * float64(d))
}

// pause waits d, less when ctx ends, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool { return pauseOr(ctx, d, nil) }

// pauseOr is pause that a nudge ends early.
func pauseOr(ctx context.Context, d time.Duration, nudge <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-nudge:
	case <-t.C:
	}
	return true
}

// every calls do about each d until ctx ends, and at once when nudged.
func every(ctx context.Context, d time.Duration, nudge <-chan struct{}, do func(context.Context)) {
	for pauseOr(ctx, jittered(d), nudge) {
		do(ctx)
	}
}

package storage

import (
	"context"
	"errors"
	"time"
)

// errSilent is the cause of a transfer that a watch has ended.
var errSilent = errors.New("no byte moved for too long")

// watch ends a transfer whose peer has gone silent. It runs only while the
// peer is to act: while the server owes us bytes or an answer, not while the
// caller takes its time with a reader.
type watch struct {
	patience time.Duration
	timer    *time.Timer
}

// newWatch returns a running watch and the context it ends.
func newWatch(ctx context.Context, patience time.Duration) (context.Context, *watch, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{patience: patience, timer: time.AfterFunc(patience, func() { cancel(errSilent) })}
	return ctx, w, func() {
		w.pause()
		cancel(nil)
	}
}

func (w *watch) pause()  { w.timer.Stop() }
func (w *watch) resume() { w.timer.Reset(w.patience) }

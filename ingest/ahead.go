package ingest

import (
	"fmt"
	"io"
	"runtime/debug"
)

// ahead reads a file ahead of whoever profiles it: taking it out of its form
// costs a quarter of what the profile does, and another core may do it.
type ahead struct {
	*pipe
	body     *body
	done     chan struct{} // closed when the source is not read any more
	failed   error         // of the source
	panicked any
}

// readAhead reads src until the end or [ahead.stop]. Whatever src fails with,
// the reader meets errGivenUp.
func readAhead(src io.Reader, b *body) *ahead {
	a := &ahead{pipe: newPipe(b.size), body: b, done: make(chan struct{})}
	go func() {
		err := errGivenUp
		defer func() {
			if r := recover(); r != nil { // in a goroutine of its own it would end the process
				a.panicked = fmt.Sprintf("%v\n%s", r, debug.Stack())
			}
			close(a.done) // first: whoever has met the end finds the reading done
			a.end(err)
		}()
		if _, a.failed = a.ReadFrom(src); a.failed == nil {
			err = nil
		}
	}()
	return a
}

// stop returns when the source is not read any more, and hands a panic on.
func (a *ahead) stop() {
	a.leave(errGivenUp)
	select {
	case <-a.done:
	default:
		a.body.giveUp()
		<-a.done
	}
	if a.panicked != nil {
		panic(a.panicked)
	}
}

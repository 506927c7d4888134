package storage

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

const (
	// headBytes is how much of a reader that cannot seek is kept to send it
	// again. A server that is away is mostly noticed within less.
	headBytes = 256 << 10

	// readPatience is how long the end of an attempt waits for a Read of the
	// caller's reader that is under way.
	readPatience = 500 * time.Millisecond
)

// source is the reader of an upload, readable again if need be.
type source struct {
	r       io.Reader
	seeker  io.Seeker // nil: r cannot seek
	start   int64     // where the seeker stood
	size    int64     // bytes to send; -1: not known
	head    []byte    // the first bytes of an r that cannot seek
	whole   bool      // head is all that was read from r
	turn    chan struct{}
	stuck   bool  // a Read of r has not returned: nothing else here may be touched
	touched bool  // some of r was read by some attempt
	err     error // of r, other than io.EOF
}

func newSource(r io.Reader) (*source, error) {
	s := &source{r: r, size: -1, whole: true, turn: make(chan struct{}, 1)}
	seeker, ok := r.(io.Seeker)
	if !ok {
		return s, nil
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return s, nil // a pipe is an *os.File too
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if _, err = seeker.Seek(start, io.SeekStart); err != nil {
		return nil, err
	}
	s.seeker, s.start, s.size = seeker, start, max(end-start, 0)
	return s, nil
}

// rewind makes the source ready for another attempt, if that can be.
func (s *source) rewind() bool {
	if s.seeker == nil {
		return s.whole
	}
	_, err := s.seeker.Seek(s.start, io.SeekStart)
	return err == nil
}

// errEnded is what a request sees that reads on after its attempt.
var errEnded = errors.New("the attempt has ended")

// body is the source as one attempt reads it. The transport reads it from a
// goroutine of its own, which may outlive the request: end shuts it out.
type body struct {
	*source
	watch *watch
	pos   int // in head
	ended atomic.Bool
}

func (s *source) body(w *watch) *body { return &body{source: s, watch: w} }

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	if b.ended.Load() {
		return 0, errEnded
	}
	b.watch.pause()
	defer b.watch.resume()
	if b.pos < len(b.head) {
		n := copy(p, b.head[b.pos:])
		b.pos += n
		return n, nil
	}
	return b.fresh(p)
}

// pieceBytes is how much is sent at once of a reader whose end is not known.
const pieceBytes = 128 << 10

// WriteTo implements io.WriterTo: a piece sent is three system calls, whatever
// its length, and net/http would send 32 KiB.
func (b *body) WriteTo(w io.Writer) (n int64, err error) {
	piece := make([]byte, pieceBytes)
	for {
		m, err := b.Read(piece)
		written, failed := w.Write(piece[:m])
		n += int64(written)
		switch {
		case failed != nil:
			return n, failed
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// fresh reads on in the caller's reader.
func (b *body) fresh(p []byte) (int, error) {
	b.touched = true
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	if b.seeker != nil || !b.whole {
		return n, err
	}
	if len(b.head)+n > headBytes {
		b.whole, b.head = false, nil
		b.pos = 0
		return n, err
	}
	b.head = append(b.head, p[:n]...)
	b.pos = len(b.head)
	return n, err
}

// Close implements io.Closer. The caller's reader stays open.
func (b *body) Close() error { return nil }

// during runs a request that reads the body, and shuts it out of the source
// afterwards. The transport waits for a Read that is under way, so when ctx
// has ended the request may have to be left behind.
func (b *body) during(ctx context.Context, request func() error) error {
	done := make(chan error, 1)
	go func() { done <- request() }()
	var err error
	select {
	case err = <-done:
		b.end()
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(readPatience)
	defer timer.Stop()
	select {
	case err = <-done:
		b.end()
	case <-timer.C:
		b.ended.Store(true)
		b.stuck, err = true, context.Cause(ctx)
	}
	return err
}

// end shuts the request out of the source: after it, nothing reads the
// caller's reader, unless a Read is stuck.
func (b *body) end() {
	b.ended.Store(true)
	timer := time.NewTimer(readPatience)
	defer timer.Stop()
	select {
	case b.turn <- struct{}{}:
		<-b.turn
	case <-timer.C:
		b.stuck = true
	}
}

package ingest

import (
	"errors"
	"io"
	"sync"
)

const (
	// pieceBytes is what goes through a pipe at once.
	pieceBytes = 128 << 10

	// pipeBytes is how far the writer of a pipe may be ahead of its reader.
	pipeBytes = 8 * pieceBytes
)

// pipe is an io.Pipe with room in it: both ends work at the same time, and wait
// only when there is nothing to read or no room. Each end belongs to one
// goroutine.
type pipe struct {
	mu       sync.Mutex
	moved    sync.Cond // something below has changed
	ring     []byte
	from, to int   // what is unread; positions in the stream
	ended    error // what the reader meets after the last byte; nil while it is written
	unread   error // what the writer meets; nil while it is read
}

// newPipe returns a pipe for so many bytes, or for any number where it is not
// known and negative.
func newPipe(size int) *pipe {
	if size < 0 || size > pipeBytes {
		size = pipeBytes
	}
	p := &pipe{ring: make([]byte, max(size, pieceBytes/4))}
	p.moved.L = &p.mu
	return p
}

// Write implements io.Writer.
func (p *pipe) Write(b []byte) (n int, err error) {
	for n < len(b) {
		room, err := p.room()
		if err != nil {
			return n, err
		}
		m := copy(room, b[n:])
		n += m
		p.move(&p.to, m)
	}
	return n, nil
}

// ReadFrom implements io.ReaderFrom. Its error may be the reader's or p's own.
func (p *pipe) ReadFrom(r io.Reader) (all int64, err error) {
	for {
		room, err := p.room()
		if err != nil {
			return all, err
		}
		n, err := r.Read(room)
		all += int64(n)
		p.move(&p.to, n)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// Read implements io.Reader.
func (p *pipe) Read(b []byte) (int, error) {
	filled, err := p.filled()
	if err != nil {
		return 0, err
	}
	n := copy(b, filled)
	p.move(&p.from, n)
	return n, nil
}

// room waits for a part of the ring that may be written.
func (p *pipe) room() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.to-p.from == len(p.ring) && p.unread == nil {
		p.moved.Wait()
	}
	if p.unread != nil {
		return nil, p.unread
	}
	return p.part(p.to, len(p.ring)-(p.to-p.from)), nil
}

// filled waits for a part of the ring that may be read.
func (p *pipe) filled() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.to == p.from && p.ended == nil {
		p.moved.Wait()
	}
	if p.to == p.from {
		return nil, p.ended
	}
	return p.part(p.from, p.to-p.from), nil
}

// part is as much of n bytes from a position on as lies in one piece.
func (p *pipe) part(at, n int) []byte {
	at %= len(p.ring)
	return p.ring[at:min(at+n, len(p.ring))]
}

func (p *pipe) move(position *int, n int) {
	p.mu.Lock()
	*position += n
	p.mu.Unlock()
	p.moved.Signal()
}

// end says that nothing more is written: the reader meets err, io.EOF when it
// is nil, behind what it has not read yet.
func (p *pipe) end(err error) {
	if err == nil {
		err = io.EOF
	}
	p.mu.Lock()
	if p.ended == nil {
		p.ended = err
	}
	p.mu.Unlock()
	p.moved.Signal()
}

// leave says that nothing more is read: the writer meets err.
func (p *pipe) leave(err error) {
	p.mu.Lock()
	p.unread = err
	p.mu.Unlock()
	p.moved.Signal()
}

// unreadBytes is how much of what was written has not been read.
func (p *pipe) unreadBytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.to - p.from
}

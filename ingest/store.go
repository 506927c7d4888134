package ingest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/pgcast/pgcast/dataset"
)

// stored is a file in the bucket and what was learned on its way there.
type stored struct {
	path    string
	name    string
	bytes   int64
	sha256  string
	profile *dataset.Profile
}

// store sends the text of a part to the bucket while it is profiled, and reads
// on meanwhile. All go at the pace of the slowest; no more than what fills the
// pipes is kept in between.
func (in *intake) store(ctx context.Context, part io.Reader, name string) (*stored, error) {
	src := &text{raw: part, limit: in.s.MaxUploadBytes}
	defer src.close()
	from := readAhead(src, in.body)
	defer from.stop() // also when the scan panics
	out := newTransfer(ctx, in.s.Files, in)
	defer func() { _, _ = out.end(context.Canceled) }() // likewise; ending twice does nothing
	profile, err := in.s.Scan(ctx, io.TeeReader(from, out))
	if err == nil {
		_, err = io.Copy(io.Discard, io.TeeReader(from, out)) // what the scan did not need is stored all the same
	}
	path, stuck := out.end(err)
	from.stop()
	switch {
	case errors.Is(err, errGivenUp):
		return nil, in.unread(src, from.failed)
	case stuck != nil:
		return nil, fmt.Errorf("store input: %w", stuck)
	case err != nil:
		return nil, fmt.Errorf("profile input: %w", err)
	}
	if src.sheet != nil {
		src.sheet.Tell(profile)
	}
	return &stored{path: path, name: fileName(name), bytes: out.bytes, sha256: hex.EncodeToString(out.sum.Sum(nil)), profile: profile}, nil
}

// unread is why the text of a part could not be read to its end.
func (in *intake) unread(src *text, err error) error {
	switch {
	case in.body.problem != nil || src.cut:
		return in.broken()
	case src.problem != nil:
		return src.problem
	}
	return fmt.Errorf("read input: %w", err)
}

// transfer is the way to the bucket: what is written to it is hashed, counted
// and uploaded by a goroutine of its own.
type transfer struct {
	*bufio.Writer // so that what goes out, goes out in large pieces
	pipe          *pipe
	cancel        context.CancelFunc
	sum           hash.Hash
	bytes         int64
	refused       bool          // the upload ended before its input did
	done          chan struct{} // closed when path and err are set
	path          string
	err           error
}

// errUnread ends writes to an upload that returned before its input ended.
var errUnread = errors.New("ingest: the upload ended before its input")

func newTransfer(ctx context.Context, files Files, in *intake) *transfer {
	ctx, cancel := context.WithCancel(ctx)
	p := newPipe(in.body.size)
	t := &transfer{Writer: bufio.NewWriterSize(p, pieceBytes), pipe: p, cancel: cancel, sum: sha256.New(), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		defer cancel()
		t.path, t.err = files.PutInput(ctx, in.user, in.id, io.TeeReader(p, t.sum)) // hashed here, beside the scan
		p.leave(errUnread)
	}()
	return t
}

func (t *transfer) Write(p []byte) (int, error) {
	t.bytes += int64(len(p))
	n, err := t.Writer.Write(p)
	t.refused = t.refused || err != nil
	return n, err
}

// end finishes the upload, or gives it up because the input ended in cause.
// The error is the upload's own: nil when the upload only suffered from cause.
func (t *transfer) end(cause error) (path string, err error) {
	if cause == nil {
		cause = t.Flush()
		t.refused = cause != nil
	}
	if cause != nil && !t.refused {
		t.cancel()
	}
	t.pipe.end(cause) // nil: the end of the input
	<-t.done
	switch {
	case cause != nil && !t.refused:
		return "", nil
	case t.err == nil && (t.refused || t.pipe.unreadBytes() > 0):
		return "", errUnread
	}
	return t.path, t.err
}

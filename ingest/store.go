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

// store sends the text of a part to the bucket while it is profiled. The two
// go at the pace of the slower one; nothing is kept in between.
func (in *intake) store(ctx context.Context, part io.Reader, name string) (*stored, error) {
	src := &text{raw: part, limit: in.s.MaxUploadBytes}
	defer src.close()
	out := newTransfer(ctx, in.s.Files, in)
	defer func() { _, _ = out.end(context.Canceled) }() // also when the scan panics; ending twice does nothing
	profile, err := in.s.Scan(ctx, io.TeeReader(src, out))
	if err == nil {
		_, err = io.Copy(io.Discard, io.TeeReader(src, out)) // what the scan did not need is stored all the same
	}
	path, stuck := out.end(err)
	switch {
	case in.body.problem != nil:
		return nil, in.body.problem
	case src.problem != nil:
		return nil, src.problem
	case src.cut:
		return nil, in.broken()
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

// transfer is the way to the bucket: what is written to it is hashed, counted
// and uploaded by a goroutine of its own.
type transfer struct {
	*bufio.Writer
	pipe    *io.PipeWriter
	cancel  context.CancelFunc
	sum     hash.Hash
	bytes   int64
	refused bool          // the upload ended before its input did
	done    chan struct{} // closed when path and err are set
	path    string
	err     error
}

// errUnread ends writes to an upload that returned before its input ended.
var errUnread = errors.New("ingest: the upload ended before its input")

func newTransfer(ctx context.Context, files Files, in *intake) *transfer {
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	t := &transfer{Writer: bufio.NewWriterSize(w, 128<<10), pipe: w, cancel: cancel, sum: sha256.New(), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		defer cancel()
		t.path, t.err = files.PutInput(ctx, in.user, in.id, io.TeeReader(r, t.sum)) // hashed here, beside the scan
		_ = r.CloseWithError(errUnread)
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
	_ = t.pipe.CloseWithError(cause) // nil: the end of the input
	<-t.done
	switch {
	case cause != nil && !t.refused:
		return "", nil
	case t.err == nil && t.refused:
		return "", errUnread
	}
	return t.path, t.err
}

package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestAPipeKeepsEveryByte(t *testing.T) {
	t.Parallel()
	text := make([]byte, 3*pipeBytes+17)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	for _, size := range []int{-1, 0, 40_000, len(text)} {
		p := newPipe(size)
		go func() {
			half := len(text) / 2
			_, err := p.Write(text[:half])
			if err == nil {
				_, err = p.ReadFrom(iotest.HalfReader(bytes.NewReader(text[half:])))
			}
			p.end(err)
		}()
		got, err := io.ReadAll(p)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("size %d: %d of %d bytes came through, error %v", size, len(got), len(text), err)
		}
	}
}

func TestAWriterIsAheadByAPipeAndNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipe(-1)
		written := 0
		go func() {
			for ; ; written += 1000 {
				if _, err := p.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}()
		synctest.Wait()
		if ahead := p.to - p.from; ahead != pipeBytes || written != pipeBytes/1000*1000 {
			t.Errorf("the writer is ahead by %d bytes and has written %d", ahead, written)
		}
		p.leave(errUnread)
	})
}

func TestTheEndsOfAPipe(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	p := newPipe(-1)
	_, _ = p.Write([]byte("ab"))
	p.end(broken)
	p.end(nil)
	if got, err := io.ReadAll(p); string(got) != "ab" || err != broken {
		t.Errorf("read %q, %v", got, err)
	}
	p.leave(errUnread)
	if _, err := p.Write([]byte("c")); err != errUnread {
		t.Errorf("write to a pipe that was left: %v", err)
	}
	if _, err := p.ReadFrom(strings.NewReader("c")); err != errUnread {
		t.Errorf("read into a pipe that was left: %v", err)
	}
}

// A refusal does not wait for a client that has stopped sending.
func TestGivingUpEndsAReadThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, door := net.Pipe()
		defer client.Close()
		defer door.Close()
		b := &body{r: door, limit: 1 << 20, size: -1, idle: time.Hour, extend: door.SetReadDeadline}
		from := readAhead(b, b)
		if _, err := client.Write([]byte("day,y\n")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		from.stop()
		if b.problem != nil || b.read != 6 {
			t.Errorf("%d bytes were read, and the body has the problem %v", b.read, b.problem)
		}
		if _, err := b.Read(make([]byte, 1)); err != errGivenUp {
			t.Errorf("a body that was given up: %v", err)
		}
	})
}

func TestWhatASourceFailsWithStaysItsOwn(t *testing.T) {
	t.Parallel()
	b := &body{size: -1, extend: func(time.Time) error { return nil }}
	from := readAhead(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ab"))), b)
	if got, err := io.ReadAll(from); string(got) != "a" || err != errGivenUp {
		t.Errorf("read %q, %v", got, err)
	}
	from.stop()
	if from.failed != iotest.ErrTimeout {
		t.Errorf("the source is said to have failed with %v", from.failed)
	}
	if b.unheard.Load() {
		t.Error("a body that had ended was given up")
	}
}

// inattentive stores nothing of what it is given, and says that all went well.
type inattentive struct{ Files }

func (inattentive) PutInput(_ context.Context, _ job.UserID, _ job.ID, r io.Reader) (string, error) {
	_, err := r.Read(make([]byte, 1))
	return "path", err
}

func TestAnUploadThatEndsBeforeItsInputIsNone(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 10 * pipeBytes} { // one goes into the pipe as a whole
		out := newTransfer(t.Context(), inattentive{}, &intake{body: &body{size: size}})
		_, _ = out.Write(make([]byte, size))
		if path, err := out.end(nil); err != errUnread {
			t.Errorf("%d bytes: stored at %q, error %v", size, path, err)
		}
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic(os.ErrInvalid) }

func TestAPanicOfTheSourceIsHandedOn(t *testing.T) {
	t.Parallel()
	from := readAhead(panicking{}, &body{size: -1})
	if _, err := io.ReadAll(from); err != errGivenUp {
		t.Errorf("read: %v", err)
	}
	defer func() {
		if said, _ := recover().(string); !strings.HasPrefix(said, os.ErrInvalid.Error()+"\n") {
			t.Errorf("handed on: %q", said)
		}
	}()
	from.stop()
}

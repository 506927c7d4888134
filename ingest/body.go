package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/problem"
)

// graceTime is how long a body may come slowly before its rate is looked at.
const graceTime = 10 * time.Second

// errGivenUp is what readers of a body meet once it has a problem. The problem
// itself stays out of their hands: they compare errors, and it cannot be
// compared.
var errGivenUp = errors.New("ingest: reading was given up")

// body is the body of a request, read as it comes: counted, and given up when
// the client pauses too long or drips it.
type body struct {
	r       io.Reader
	limit   int64 // bytes
	size    int   // that the client says; negative: it does not
	idle    time.Duration
	rate    int64 // bytes per second
	extend  func(time.Time) error
	read    int64
	waited  time.Duration // for the client; our own slowness is not its fault
	armed   time.Time     // when the deadline was last moved
	problem error         // what ended it early; a problem.Problem
	unheard atomic.Bool   // nobody wants the rest
}

func (s *Server) body(c *fiber.Ctx, limit int64) *body {
	var r io.Reader = c.Context().RequestBodyStream()
	if c.Context().RequestBodyStream() == nil {
		r = bytes.NewReader(nil)
	}
	b := &body{r: r, limit: limit, size: c.Request().Header.ContentLength(), idle: s.IdleTimeout, rate: s.MinUploadRate, extend: c.Context().SetReadDeadline}
	if int64(c.Request().Header.ContentLength()) > limit {
		b.problem = tooLarge(limit)
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.problem != nil {
		return 0, errGivenUp
	}
	started := time.Now()
	if started.Sub(b.armed) > b.idle/16 {
		b.armed = started
		if err := b.extend(started.Add(b.idle)); err != nil {
			return 0, fmt.Errorf("set read deadline: %w", err)
		}
	}
	if b.unheard.Load() {
		return 0, errGivenUp
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	b.waited += time.Since(started)
	var network net.Error
	switch {
	case err != nil && b.unheard.Load():
		return 0, errGivenUp
	case b.read > b.limit:
		b.problem = tooLarge(b.limit)
	case errors.As(err, &network) && network.Timeout(), b.slow():
		b.problem = problem.New("request_timeout", "The body came too slowly.")
	case err != nil && !errors.Is(err, io.EOF):
		b.problem = problem.New("bad_request", "The body ended early.")
	default:
		return n, err
	}
	return 0, errGivenUp
}

// giveUp ends a Read that waits for the client, and all that follow. It may be
// called while another goroutine reads.
func (b *body) giveUp() {
	b.unheard.Store(true)
	_ = b.extend(time.Unix(1, 0)) // a connection that is gone ends them too
}

func (b *body) slow() bool {
	return b.waited > graceTime && float64(b.read) < float64(b.rate)*b.waited.Seconds()
}

func tooLarge(limit int64) problem.Problem {
	return problem.New("payload_too_large", fmt.Sprintf("The body is larger than %d bytes.", limit))
}

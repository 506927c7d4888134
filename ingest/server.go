package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
)

// maxHeaderBytes bounds the request line and the headers.
const maxHeaderBytes = 16 << 10

// errStopping is why requests end that outlast the drain.
var errStopping = errors.New("ingest: the server is stopping")

// Server is the door. Make one with [New] and open it with [Server.Run].
type Server struct {
	Config
	app  *fiber.App
	base context.Context // of every request; ends when draining is over
	stop func()
	rate *rates

	failing atomic.Pointer[string] // checks that failed when readiness was last asked for
}

// New returns a server that is not yet open.
func New(c Config) *Server {
	s := &Server{Config: c.withDefaults(), rate: newRates(c.RequestsPerMinute)}
	base, stop := context.WithCancelCause(context.Background())
	s.base, s.stop = base, func() { stop(errStopping) }
	s.failing.Store(new(string))
	s.app = fiber.New(fiber.Config{
		AppName:                      "pgcast ingest",
		DisableStartupMessage:        true,
		Immutable:                    true, // strings outlive the handler
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    1 << 40, // bodies are counted where they are read
		ReadBufferSize:               maxHeaderBytes,
		ReadTimeout:                  s.IdleTimeout, // of the headers; bodies have their own
		IdleTimeout:                  2 * s.IdleTimeout,
		ErrorHandler:                 s.fail,
	})
	s.guardMethods()
	s.app.Use(s.around)
	s.routes()
	return s
}

// Run serves on l until ctx ends, then lets requests in flight finish within
// the drain timeout. It returns nil after a clean stop, and closes l.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	defer s.stop()
	failed := make(chan error, 1)
	go func() { failed <- s.app.Listener(&listener{Listener: l, idle: s.IdleTimeout}) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.DrainTimeout)
	defer cancel()
	err := s.app.ShutdownWithContext(drain)
	s.stop()
	_ = l.Close() // closed already, unless serving had not begun
	if err != nil {
		return fmt.Errorf("drain requests: %w", err)
	}
	<-failed
	return nil
}

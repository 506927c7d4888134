package service

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// drainTimeout bounds how long requests in flight keep a stopping server.
const drainTimeout = 5 * time.Second

// bodyPatience is how long a body may pause. It is longer than that of the
// rooms, which refuse a slow body in their own words.
const bodyPatience = 45 * time.Second

// leaveTime is how long a client that was answered early may go on sending.
const leaveTime = 5 * time.Second

// headerPatience is how long the headers of a request may take.
const headerPatience = 10 * time.Second

// HTTP returns an actor that serves h on l until its context ends, then lets
// requests in flight finish for a while. Websockets are hijacked and belong to
// their handler. What never reaches h is answered by own.
func HTTP(l net.Listener, h http.Handler, own Own) func(context.Context) error {
	return func(ctx context.Context) error {
		server := newServer(h, headerPatience)
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(spoken{l, own}) }()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
		}
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		err := server.Shutdown(drain)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		<-failed
		return err
	}
}

func newServer(h http.Handler, headers time.Duration) *http.Server {
	return &http.Server{
		Handler: handling(patient(h, bodyPatience)), ReadHeaderTimeout: headers, IdleTimeout: 2 * time.Minute,
		ConnContext: withConn, ConnState: between,
	}
}

// patient hands requests to h with a body that fails when the client pauses for
// too long: no client can hold a connection for ever.
func patient(h http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			r = r.WithContext(r.Context()) // the server goes on with its own
			body := &patientBody{ReadCloser: r.Body, conn: http.NewResponseController(w), patience: patience}
			_ = body.wait(patience) // also for what the server reads when h does not
			r.Body = body
		}
		h.ServeHTTP(w, r)
	})
}

type patientBody struct {
	io.ReadCloser
	conn     *http.ResponseController
	patience time.Duration
	whole    atomic.Bool           // read to its end
	broken   atomic.Pointer[error] // why it cannot be read on, nil while it can
}

// Read implements io.Reader. The deadline ends with the body: the connection is
// still read while the answer is made, to notice a client that leaves.
func (b *patientBody) Read(p []byte) (int, error) {
	if err := b.wait(b.patience); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.whole.Store(true)
		_ = b.conn.SetReadDeadline(time.Time{}) // a connection that is gone needs none
	case err != nil:
		b.broken.Store(&err)
	}
	return n, err
}

func (b *patientBody) wait(patience time.Duration) error {
	return b.conn.SetReadDeadline(time.Now().Add(patience))
}

// leave gives up what is left of a body once the answer is complete. It reads on
// for a moment: a connection that is closed with bytes unread is reset, and the
// answer with it, before a slow client has read it.
func (b *patientBody) leave() {
	if b.whole.Load() {
		return
	}
	_ = b.conn.Flush() // whoever is gone needs no answer
	if b.broken.Load() == nil && b.wait(leaveTime) == nil {
		_, _ = io.Copy(io.Discard, b.ReadCloser)
	}
	_ = b.ReadCloser.Close()
}

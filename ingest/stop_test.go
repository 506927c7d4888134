package ingest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/ingest"
)

func TestAnUploadThatOutlastsTheDrainIsTold(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]func(context.Context) error{"end": context.Context.Err, "cause": context.Cause} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outlast(t, reason)
		})
	}
}

// outlast uploads to a server that stops while it reads the file; the reader
// tells of the stop by reason.
func outlast(t *testing.T, reason func(context.Context) error) {
	h := setup(t)
	scanning := make(chan struct{})
	c := h.server.Config
	c.DrainTimeout = 10 * time.Millisecond
	c.Scan = func(ctx context.Context, _ io.Reader) (*dataset.Profile, error) {
		close(scanning)
		<-ctx.Done()
		return nil, reason(ctx)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := h.person()
	h.url = "http://" + l.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ingest.New(c).Run(ctx, l) }()
	go func() {
		<-scanning
		stop()
	}()
	r := p.uploadForm(field{"file", "a.csv", monthly()})
	r.wantProblem(t, http.StatusServiceUnavailable, "unavailable")
	if r.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	if err := <-ended; err == nil {
		t.Error("the drain did not take everybody along, and nobody says so")
	}
}

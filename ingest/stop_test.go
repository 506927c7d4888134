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
	h := setup(t)
	scanning := make(chan struct{})
	c := h.server.Config
	c.DrainTimeout = 10 * time.Millisecond
	c.Scan = func(ctx context.Context, r io.Reader) (*dataset.Profile, error) {
		close(scanning)
		<-ctx.Done()
		return nil, ctx.Err()
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

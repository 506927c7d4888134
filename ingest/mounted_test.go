package ingest_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/logtest"
)

func TestBehindAMountEveryAnswerIsStillAProblem(t *testing.T) {
	t.Parallel()
	h := mounted(t)
	for request, want := range map[string]struct {
		status int
		code   string
	}{
		"BREW /v1/jobs":        {405, "method_not_allowed"},
		"TRACE /v1/jobs":       {405, "method_not_allowed"},
		"PUT /v1/jobs":         {405, "method_not_allowed"},
		"CONNECT /v1/jobs":     {405, "method_not_allowed"},
		"CONNECT /v1/nowhere":  {404, "not_found"},
		"PATCH /v1/nowhere":    {404, "not_found"},
		"PROPFIND /v1/nowhere": {405, "method_not_allowed"},
	} {
		conn := dial(t, h.url)
		if _, err := io.WriteString(conn, request+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r := readReply(t, conn)
		if r.StatusCode != want.status || r.json(t)["code"] != want.code || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s: %s", request, r.Status, r.Header.Get("Content-Type"), r.body)
		}
		if want.status == http.StatusMethodNotAllowed && !strings.Contains(r.Header.Get("Allow"), "GET") {
			t.Errorf("%s: Allow is %q", request, r.Header.Get("Allow"))
		}
	}
}

func TestTheAccessLogNamesOnlyAddresses(t *testing.T) {
	t.Parallel()
	said := &logtest.Log{}
	info := func(c *ingest.Config) { c.Log = slog.New(slog.NewTextHandler(said, nil)) }
	mounted(t, info).do(http.MethodGet, "/v1/jobs", nil, "X-Request-Id", "the client's")
	if text := said.String(); strings.Contains(text, "request_id=") {
		t.Errorf("a request id that is none is taken: %s", text)
	}
	mounted(t, info).do(http.MethodGet, "/v1/jobs", nil, "X-Request-Id", "order-7")
	if text := said.String(); !strings.Contains(text, "path=/v1/jobs") || !strings.Contains(text, "request_id=order-7") || strings.Contains(text, "remote=") {
		t.Errorf("behind a mount: %s", text)
	}
	setup(t, info).do(http.MethodGet, "/v1/jobs", nil)
	if text := said.String(); !strings.Contains(text, "remote=127.0.0.1:") {
		t.Errorf("on a port: %s", text)
	}
}

package service

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const pause = 100 * time.Millisecond

// send sends the start of a request to h, behind patience of one pause, and
// returns the answer.
func send(t *testing.T, h http.HandlerFunc, text string) *http.Response {
	t.Helper()
	server := httptest.NewServer(patient(h, pause))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestABodyThatPausesIsGivenUp(t *testing.T) {
	t.Parallel()
	res := send(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nonly")
	if res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("half a body is answered %s", res.Status)
	}
}

func TestAnAnswerMayTakeItsTimeOnceTheBodyHasCome(t *testing.T) {
	t.Parallel()
	res := send(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusGone)
		case <-time.After(3 * pause):
		}
	}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole")
	if res.StatusCode != http.StatusOK {
		t.Errorf("the request was ended while its answer was made: %s", res.Status)
	}
}

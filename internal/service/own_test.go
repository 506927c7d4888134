package service

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ownServer serves h, with a word of its own for each status.
func ownServer(t *testing.T, h http.Handler, headers time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(h, headers)
	done := make(chan error, 1)
	go func() {
		done <- server.Serve(spoken{l, func(status int) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"status": %d}`, status)
			})
		}})
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return l.Addr().String()
}

// ask sends text and returns the first answer with its body.
func ask(t *testing.T, address, text string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = io.WriteString(conn, text) }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.40q: no answer: %v", text, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestWhatTheServerRefusesByItselfIsInOwnWords(t *testing.T) {
	t.Parallel()
	address := ownServer(t, http.NotFoundHandler(), time.Minute)
	for text, status := range map[string]int{
		"hello\r\n\r\n":                                                          400,
		"GET / HTTP/1.1\r\n\r\n":                                                 400, // no Host
		"GET / HTTP/1.1\r\nHost: a b/\r\n\r\n":                                   400,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n":              400,
		"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2<<20):          431,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\n":         501,
		"GET / HTTP/3.0\r\nHost: a\r\n\r\n":                                      505,
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n": 417,
	} {
		res, body := ask(t, address, text)
		if res.StatusCode != status || res.Header.Get("Content-Type") != "application/problem+json" || body != fmt.Sprintf(`{"status": %d}`, status) || !res.Close {
			t.Errorf("%.60q: %s, %s, %q", text, res.Status, res.Header.Get("Content-Type"), body)
		}
	}
}

func TestAClientThatStopsInItsHeadersIsTold(t *testing.T) {
	t.Parallel()
	address := ownServer(t, http.NotFoundHandler(), pause)
	if res, body := ask(t, address, "GET / HTTP/1.1\r\nHost:"); res.StatusCode != http.StatusRequestTimeout || body != `{"status": 408}` {
		t.Errorf("%s: %q", res.Status, body)
	}
}

// A handler's refusals are its own, on the first request of a connection and on
// the next.
func TestAHandlersAnswersAreLeftAlone(t *testing.T) {
	t.Parallel()
	address := ownServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, strings.Repeat("tea ", 4096))
	}), time.Minute)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	answers := bufio.NewReader(conn)
	for _, text := range []string{"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /3 HTTP/1.1\r\nHost: a b/\r\n\r\n"} {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if strings.Contains(text, "/3") {
			if string(body) != `{"status": 400}` {
				t.Errorf("the third: %s, %q", res.Status, body)
			}
		} else if res.StatusCode != http.StatusTeapot || len(body) != 4*4096 {
			t.Errorf("%q: %s, %d bytes", text, res.Status, len(body))
		}
	}
}

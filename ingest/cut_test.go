package ingest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/ingest"
)

func TestAnUploadThatIsCutShortLeavesNothing(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	body, kind := form(field{"file", "a.csv", strings.Repeat("2020-01-01,1\n", 50_000)})
	conn := dial(t, p.url)
	fmt.Fprintf(conn, "POST /v1/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", p.token, kind, len(body))
	_, _ = conn.Write(body[:len(body)/2])
	_ = conn.(*net.TCPConn).CloseWrite()
	readReply(t, conn).wantProblem(t, 400, "bad_multipart")
	p.wantNoFiles(p)
}

func TestRequestsThatNeverReachAHandler(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *ingest.Config) { c.IdleTimeout = 500 * time.Millisecond })
	for _, c := range []struct {
		name, request string
		status        int
		code          string
	}{
		{"no HTTP", "hello\r\n\r\n", 400, "bad_request"},
		{"headers without end", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n", 431, "headers_too_large"},
		{"a length that is none", "POST /v1/forecast HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n", 400, "bad_request"},
		{"a client that stops in the headers", "GET / HTTP/1.1\r\nHost:", 408, "request_timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, h.url)
			go func() { _, _ = io.WriteString(conn, c.request) }()
			readReply(t, conn).wantProblem(t, c.status, c.code)
		})
	}
}

func TestASlowClientIsLetGo(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *ingest.Config) { c.IdleTimeout = 300 * time.Millisecond }).person()
	body, kind := form(field{"file", "a.csv", strings.Repeat("2020-01-01,1\n", 50_000)})
	conn := dial(t, p.url)
	fmt.Fprintf(conn, "POST /v1/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", p.token, kind, len(body))
	_, _ = conn.Write(body[:len(body)/2])
	readReply(t, conn).wantProblem(t, 408, "request_timeout")
	p.wantNoFiles(p)
}

// A proxy would send the request of somebody else on a connection that is about
// to end.
func TestARefusedBodyEndsItsConnection(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	text := strings.Repeat("x", 1<<20)
	for _, length := range []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(text), text),
	} {
		conn := dial(t, p.url)
		go func() { _, _ = io.WriteString(conn, "POST /v1/nothing HTTP/1.1\r\nHost: x\r\n"+length) }()
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound || !resp.Close {
			t.Errorf("%s, closing: %v", resp.Status, resp.Close)
		}
	}
}

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func readReply(t *testing.T, conn net.Conn) reply {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, body}
}

func TestARefusedUploadStillGetsItsAnswer(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, ...func(*ingest.Config)) *house{
		"at the door":    setup,
		"behind a mount": mounted,
	} {
		for framing, length := range map[string]int64{"known length": 64 << 20, "chunked": -1} {
			t.Run(name+", "+framing, func(t *testing.T) {
				t.Parallel()
				p := open(t).person()
				whole, kind := endless(64 << 20)
				defer whole.Close()
				var body io.Reader = whole
				if length > 0 {
					body = io.LimitReader(whole, length)
				}
				req, _ := http.NewRequest(http.MethodPost, p.url+"/v1/upload", body)
				req.ContentLength = length
				req.Header.Set("Authorization", "Bearer "+p.token)
				req.Header.Set("Content-Type", kind)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatalf("the answer was lost: %v", err)
				}
				defer resp.Body.Close()
				text, _ := io.ReadAll(resp.Body)
				reply{resp, text}.wantProblem(t, 413, "payload_too_large")
			})
		}
	}
}

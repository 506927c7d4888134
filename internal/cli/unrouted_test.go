package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pgcast/pgcast/internal/problem"
)

func TestWhatNoRoomAnswersIsAProblem(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /here", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	front := httptest.NewServer(inProblems(mux))
	defer front.Close()
	for request, want := range map[string]struct {
		status int
		code   string
	}{
		"GET /here":             {200, ""},
		"POST /here":            {405, "method_not_allowed"},
		"CONNECT /here":         {405, "method_not_allowed"},
		"GET /nowhere":          {404, "not_found"},
		"CONNECT /nowhere":      {404, "not_found"},
		"CONNECT a.example:443": {404, "not_found"},
		"BREW *":                {400, "bad_request"},
	} {
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, request+" HTTP/1.1\r\nHost: a\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", request, err)
		}
		checkProblem(t, request, res, want.status, want.code)
		if want.status == http.StatusMethodNotAllowed && res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", request, res.Header.Get("Allow"))
		}
	}
}

func checkProblem(t *testing.T, request string, res *http.Response, status int, code string) {
	t.Helper()
	var p problem.Problem
	_ = json.NewDecoder(res.Body).Decode(&p)
	if res.StatusCode != status || p.Code != code || code != "" && res.Header.Get("Content-Type") != problem.ContentType {
		t.Errorf("%s: %s, %s, code %q; want %d %q", request, res.Status, res.Header.Get("Content-Type"), p.Code, status, code)
	}
}

func TestMetricsAreForThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		listen, host string
		header       [2]string
		status       int
	}{
		{"127.0.0.1:0", "127.0.0.1:8080", [2]string{}, 200},
		{"127.0.0.1:0", "localhost:8080", [2]string{}, 200},
		{"127.0.0.1:0", "rebound.example:8080", [2]string{}, 403},
		{"127.0.0.1:0", "localhost:8080", [2]string{"Origin", "http://evil.example"}, 403},
		{"127.0.0.1:0", "localhost:8080", [2]string{"X-Forwarded-For", "192.0.2.1"}, 403},
		{"0.0.0.0:0", "127.0.0.1:8080", [2]string{}, 403},
	} {
		l, err := net.Listen("tcp", c.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		u := &local{listener: l}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Host = c.host
		if c.header[0] != "" {
			r.Header.Set(c.header[0], c.header[1])
		}
		w := httptest.NewRecorder()
		u.onlyHere(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })).ServeHTTP(w, r)
		code := ""
		if c.status == http.StatusForbidden {
			code = "forbidden"
		}
		checkProblem(t, c.listen+" "+c.host+" "+c.header[0], w.Result(), c.status, code)
	}
}

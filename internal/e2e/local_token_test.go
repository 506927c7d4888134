package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Who comes from elsewhere, or through something, does not get the local
// user's token. The requests are written by hand, down to their Host.
func TestLocalTokenIsForThePageOfThisMachine(t *testing.T) {
	t.Parallel()
	w := startUp(t, dataDir(t)).world()
	address := strings.TrimPrefix(w.url(), "http://")
	port := address[strings.LastIndex(address, ":"):]
	ask := func(host string, header ...string) (int, bool) {
		res, text := raw(t, w, http.MethodGet, "/v1/local/session", host, "", header...)
		return res.StatusCode, strings.Contains(string(text), "eyJ")
	}
	for _, good := range []struct {
		host   string
		header []string
	}{
		{address, nil},
		{"localhost" + port, nil},
		{"[::1]" + port, nil},
		{"localhost", nil},
		{address, []string{"Origin: http://" + address, "Sec-Fetch-Site: same-origin"}},
		{address, []string{"Sec-Fetch-Site: none"}},
	} {
		if status, token := ask(good.host, good.header...); status != http.StatusOK || !token {
			t.Errorf("Host %s, %v: status %d, token %v", good.host, good.header, status, token)
		}
	}
	for _, host := range []string{
		"example.com", "example.com" + port, "localhost.example.com", "127.0.0.1.example.com" + port, "localhost@example.com",
		"127.0.0.2" + port, "0.0.0.0" + port, "192.168.1.5" + port, "2130706433", "localhost:0", "localhost:", "[::]" + port, "evil-localhost",
	} {
		if status, token := ask(host); status/100 == 2 || token {
			t.Errorf("Host %s: status %d, token %v", host, status, token)
		}
	}
	for _, header := range []string{
		"Origin: https://example.com", "Origin: null", "Origin: http://localhost", "Origin: https://" + address, "Origin: http://127.0.0.1:1",
		"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
		"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: localhost", "X-Forwarded-Proto: http", "Forwarded: for=127.0.0.1", "Via: 1.1 tunnel",
		"X-Real-IP: 127.0.0.1", "CF-Connecting-IP: 127.0.0.1", "True-Client-IP: 127.0.0.1", "x-forwarded-for: ::1",
	} {
		if status, token := ask(address, header); status/100 == 2 || token {
			t.Errorf("%s: status %d, token %v", header, status, token)
		}
	}
	// One header of many, an empty one, a second Origin, a hop-by-hop trick.
	for _, header := range [][]string{
		{"X-Forwarded-For:"}, {"Via:"}, {"Origin:", "Origin: https://example.com"},
		{"Origin: http://" + address, "Origin: https://example.com"},
		{"Connection: X-Forwarded-For", "X-Forwarded-For: 10.0.0.1"}, {"Connection: Origin", "Origin: https://example.com"},
		{"Connection: Via, Sec-Fetch-Site", "Via: 1.1 tunnel", "Sec-Fetch-Site: cross-site"},
		{"X-Forwarded-For: ", "X-Forwarded-For: 10.0.0.1"}, {"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"},
	} {
		if status, token := ask(address, header...); status/100 == 2 || token {
			t.Errorf("%v: status %d, token %v", header, status, token)
		}
	}
	// A whole address in the request line, as proxies send it, wins over Host.
	if res, text := raw(t, w, http.MethodGet, "http://example.com/v1/local/session", address, ""); res.StatusCode/100 == 2 || strings.Contains(string(text), "eyJ") {
		t.Errorf("asked by the name example.com in the request line: %s: %s", res.Status, text)
	}
}

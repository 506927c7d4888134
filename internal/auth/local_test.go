package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func ask(host string, header ...string) LocalRequest {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return LocalRequest{Loopback: true, Host: host, Header: h.Values}
}

func TestTheOwnPageMayHaveTheLocalToken(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]LocalRequest{
		"localhost":   ask("localhost:8080"),
		"IPv4":        ask("127.0.0.1:8080", "Sec-Fetch-Site", "same-origin"),
		"IPv6":        ask("[::1]:8080", "Origin", "http://[::1]:8080"),
		"no port":     ask("localhost"),
		"IPv6 alone":  ask("[::1]"),
		"upper case":  ask("LocalHost:8080", "Origin", "http://localhost:8080"),
		"typed":       ask("localhost:8080", "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"),
		"same origin": ask("localhost:8080", "Origin", "http://localhost:8080", "Sec-Fetch-Site", "same-origin"),
	} {
		if err := MayHaveLocalToken(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodyElseMay(t *testing.T) {
	t.Parallel()
	beyond := ask("localhost:8080")
	beyond.Loopback = false
	cases := map[string]LocalRequest{
		"listening beyond loopback":    beyond,
		"DNS rebinding":                ask("evil.example:8080"),
		"rebinding that looks local":   ask("localhost.evil.example:8080"),
		"rebinding to an address":      ask("127.0.0.1.nip.io:8080"),
		"name with a user":             ask("localhost@evil.example"),
		"root dot":                     ask("localhost.:8080"),
		"subdomain":                    ask("evil.localhost:8080"),
		"other loopback":               ask("127.0.0.2:8080"),
		"short address":                ask("127.1:8080"),
		"number":                       ask("2130706433:8080"),
		"any address":                  ask("0.0.0.0:8080"),
		"mapped address":               ask("[::ffff:127.0.0.1]:8080"),
		"IPv6 without brackets":        ask("::1"),
		"zone":                         ask("[::1%25lo]:8080"),
		"brackets around a name":       ask("[localhost]:8080"),
		"no host":                      ask(""),
		"host is a port":               ask(":8080"),
		"port is a word":               ask("localhost:http"),
		"port zero":                    ask("localhost:0"),
		"two hosts":                    ask("localhost:8080, evil.example"),
		"space":                        ask("localhost :8080"),
		"foreign origin":               ask("localhost:8080", "Origin", "http://evil.example"),
		"opaque origin":                ask("localhost:8080", "Origin", "null"),
		"origin on another port":       ask("localhost:8080", "Origin", "http://localhost:3000"),
		"origin by another name":       ask("127.0.0.1:8080", "Origin", "http://localhost:8080"),
		"origin with another scheme":   ask("localhost:8080", "Origin", "https://localhost:8080"),
		"origin that begins as ours":   ask("localhost:8080", "Origin", "http://localhost:8080.evil.example"),
		"other site":                   ask("localhost:8080", "Sec-Fetch-Site", "cross-site"),
		"other port of the machine":    ask("localhost:8080", "Sec-Fetch-Site", "same-site"),
		"own origin, but across sites": ask("localhost:8080", "Origin", "http://localhost:8080", "Sec-Fetch-Site", "cross-site"),
		"empty origin":                 ask("localhost:8080", "Origin", ""),
		"second origin":                ask("localhost:8080", "Origin", "http://localhost:8080", "Origin", "http://evil.example"),
		"second site":                  ask("localhost:8080", "Sec-Fetch-Site", "none", "Sec-Fetch-Site", "cross-site"),
		"forwarded behind an empty":    ask("localhost:8080", "X-Forwarded-For", "", "X-Forwarded-For", "203.0.113.9"),
	}
	for _, name := range forwarding {
		cases["header "+name] = ask("localhost:8080", name, "203.0.113.9")
		cases["empty header "+name] = ask("localhost:8080", name, "")
	}
	for name, r := range cases {
		if err := MayHaveLocalToken(r); !errors.Is(err, ErrNotLocal) {
			t.Errorf("%s: got %v, want ErrNotLocal", name, err)
		}
	}
}

func FuzzLocalHost(f *testing.F) {
	for _, s := range []string{"localhost:8080", "127.0.0.1", "[::1]:1", "localhost.evil", "[localhost]", "localhost:99999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !isLocalHost(host) {
			return
		}
		r, err := http.NewRequest(http.MethodGet, "http://"+host, nil)
		if err != nil {
			t.Fatalf("%q is no host for net/http: %v", host, err)
		}
		switch h := r.URL.Hostname(); {
		case len(h) == 9 && (h[0]|0x20) == 'l', h == "127.0.0.1", h == "::1":
		default:
			t.Fatalf("%q was taken; net/url reads %q", host, h)
		}
	})
}

func TestTheLocalKeySetIsEmpty(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	JWKS().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	var set struct{ Keys []any }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || set.Keys == nil || len(set.Keys) != 0 {
		t.Errorf("got %s, %v", w.Body, err)
	}
	w = httptest.NewRecorder()
	JWKS().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d", w.Code)
	}
}

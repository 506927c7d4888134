package e2e

import (
	"encoding/json"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What the notifier serves beside the door is documented with the door, and is
// there: with a token, without, as a websocket and not.
func TestTheNotifiersAddressesAreAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ingest/docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	type response struct {
		Ref     string `json:"$ref"`
		Content map[string]any
	}
	var doc struct {
		Paths map[string]struct {
			Get struct {
				By        string `json:"x-served-by"`
				Responses map[string]response
			}
		}
		Components struct{ Responses map[string]response }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	d := startUp(t, dataDir(t))
	user := d.world().join(t)
	nobody := &member{url: user.url}
	socket := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	found := 0
	for path, item := range doc.Paths {
		op := item.Get
		if op.By != "notifier" {
			continue
		}
		found++
		for name, ask := range map[string]func() (*http.Response, []byte){
			"plain": func() (*http.Response, []byte) { return nobody.call(t, http.MethodGet, path, nil) },
			"with a token": func() (*http.Response, []byte) {
				return user.call(t, http.MethodGet, path, nil, "Accept", "text/plain")
			},
			"as a websocket": func() (*http.Response, []byte) { return nobody.call(t, http.MethodGet, path, nil, socket...) },
			"from another page": func() (*http.Response, []byte) {
				return nobody.call(t, http.MethodGet, path, nil, append(socket, "Origin", "https://elsewhere.example")...)
			},
		} {
			res, body := ask()
			said, ok := op.Responses[strconv.Itoa(res.StatusCode)]
			if ref, isRef := strings.CutPrefix(said.Ref, "#/components/responses/"); isRef {
				said = doc.Components.Responses[ref]
			}
			kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
			if !ok || said.Content[kind] == nil {
				t.Errorf("%s %s: %s, %q is not documented: %s", path, name, res.Status, kind, body)
			}
		}
		if res, _ := user.call(t, http.MethodPost, path, nil); res.StatusCode != http.StatusMethodNotAllowed && path != "/realtime/v1/websocket" {
			t.Errorf("POST %s: %s", path, res.Status)
		}
	}
	if found != 3 {
		t.Errorf("%d addresses of the notifier are documented", found)
	}
}

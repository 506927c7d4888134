package e2e

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// raw sends one request as it is written: no client tidies up the path or
// chooses the Host.
func raw(t *testing.T, w world, method, target, host, body string, header ...string) (*http.Response, []byte) {
	t.Helper()
	address := strings.TrimPrefix(w.url(), "http://")
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if host == "" {
		host = address
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n", method, target, host, len(body))
	for _, line := range header {
		text.WriteString(line + "\r\n")
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, text.String()+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return res, answer
}

func TestStrangersGetNoObject(t *testing.T) {
	t.Parallel()
	s := meet(t)
	own := s.b.id.String() + "/" + s.b.upload(t, sample(), "").String()
	for _, who := range []struct{ name, token, folder string }{
		{"another user", s.b.token, own},
		{"the anon key", s.env["SUPABASE_ANON_KEY"], own},
		{"nobody", "", own},
		{"a token of another project", forged(t, s.a.id), own},
	} {
		for _, key := range s.keys {
			for _, r := range s.raids(key, who.folder) {
				res, text := raw(t, s.world, r.method, "/storage/v1"+r.path, "", r.body, s.bearing(who.token)...)
				if res.StatusCode/100 == 2 && strings.TrimSpace(string(text)) != "[]" && !strings.Contains(string(text), `"signedURL":null`) || leaksObject(text) {
					t.Errorf("%s: %s %s %s: %s: %.200q", who.name, r.method, r.path, r.body, res.Status, text)
				}
			}
			s.raidByOtherWays(t, who.name, who.token, key)
		}
	}
	s.checkUntouched(t)
	if names := s.names(t, own); len(names) != 1 {
		t.Errorf("in the other user's folder lies %v", names)
	}
	for _, path := range []string{"/object/", "/object/authenticated/"} { // the same words get one's own
		res, text := raw(t, s.world, http.MethodGet, "/storage/v1"+path+bucketName+"/"+own+"/input.csv", "", "", s.bearing(s.b.token)...)
		if res.StatusCode != http.StatusOK || !leaksObject(text) {
			t.Errorf("a user does not get an object of their own at %s: %s: %.200q", path, res.Status, text)
		}
	}
}

// raidByOtherWays tries to see a key in flat lists, and to write it in pieces.
func (s *strangers) raidByOtherWays(t *testing.T, who, token, key string) {
	t.Helper()
	for _, body := range []string{fmt.Sprintf(`{"prefix": %q}`, key), fmt.Sprintf(`{"prefix": %q}`, key[:8]), `{}`, `{"prefix": "", "with_delimiter": true}`} {
		if _, text := raw(t, s.world, http.MethodPost, "/storage/v1/object/list-v2/"+bucketName, "", body, s.bearing(token)...); strings.Contains(string(text), s.a.id.String()) {
			t.Errorf("%s: flat list %s: %.200q", who, body, text)
		}
	}
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	header := append(s.bearing(token), "Tus-Resumable: 1.0.0", "Upload-Length: 4", "x-upsert: true",
		"Upload-Metadata: bucketName "+b64(bucketName)+",objectName "+b64(key))
	header[0] = "Content-Type: application/offset+octet-stream"
	for _, path := range []string{"/storage/v1/upload/resumable", "/storage/v1/upload/resumable/sign"} {
		if res, text := raw(t, s.world, http.MethodPost, path, "", "mine", header...); res.StatusCode/100 == 2 {
			t.Errorf("%s: resumable upload to %s: %s: %.200q", who, key, res.Status, text)
		}
	}
}

func (s *strangers) bearing(token string) []string {
	header := []string{"Content-Type: application/json"}
	if token != "" {
		header = append(header, "Authorization: Bearer "+token, "apikey: "+s.env["SUPABASE_ANON_KEY"])
	}
	return header
}

// leaksObject reports whether an answer holds bytes of an object.
func leaksObject(text []byte) bool {
	return strings.Contains(string(text), "1949-01") || strings.Contains(string(text), "yhat") || strings.Contains(string(text), "PNG")
}

// raids are the ways to an object: read, list, sign, take away, overwrite, and
// by detours through a folder of one's own.
func (s *strangers) raids(key, own string) []request {
	at := bucketName + "/" + key
	folder, name := key[:strings.LastIndex(key, "/")], key[strings.LastIndex(key, "/")+1:]
	transfer := func(from, to string) string {
		return fmt.Sprintf(`{"bucketId": %q, "sourceKey": %q, "destinationKey": %q}`, bucketName, from, to)
	}
	all := []request{
		{"GET", "/object/" + at, ""}, {"HEAD", "/object/" + at, ""}, {"GET", "/object/authenticated/" + at, ""},
		{"GET", "/object/public/" + at, ""}, {"GET", "/object/info/" + at, ""}, {"GET", "/object/info/authenticated/" + at, ""},
		{"GET", "/object/sign/" + at, ""}, {"GET", "/object/sign/" + at + "?token=" + s.b.token, ""},
		{"POST", "/object/list/" + bucketName, fmt.Sprintf(`{"prefix": %q, "limit": 100}`, folder)},
		{"POST", "/object/list/" + bucketName, fmt.Sprintf(`{"prefix": %q, "limit": 100}`, own+"/../../"+folder)},
		{"POST", "/object/list/" + bucketName, fmt.Sprintf(`{"prefix": %q, "search": %q, "limit": 100}`, folder, name)},
		{"POST", "/object/sign/" + at, `{"expiresIn": 600}`},
		{"POST", "/object/sign/" + bucketName, fmt.Sprintf(`{"expiresIn": 600, "paths": [%q]}`, key)},
		{"POST", "/object/upload/sign/" + at, `{}`},
		{"POST", "/object/move", transfer(key, own+"/stolen.csv")}, {"POST", "/object/copy", transfer(key, own+"/stolen.csv")},
		{"POST", "/object/copy", transfer(own+"/input.csv", key)}, {"POST", "/object/move", transfer(own+"/input.csv", key)},
		{"POST", "/object/copy", transfer(own+"/../../"+key, own+"/stolen.csv")},
		{"POST", "/object/" + at, "mine"}, {"PUT", "/object/" + at, "mine"}, {"POST", "/object/" + bucketName + "/" + folder + "/new.csv", "mine"},
		{"DELETE", "/object/" + at, ""}, {"DELETE", "/object/" + bucketName, fmt.Sprintf(`{"prefixes": [%q]}`, key)},
		{"DELETE", "/bucket/" + bucketName, ""}, {"POST", "/bucket/" + bucketName + "/empty", "{}"},
		{"PUT", "/bucket/" + bucketName, `{"public": true}`}, {"POST", "/bucket", `{"name": "theirs", "public": true}`},
	}
	for _, up := range []string{"../..", "%2e%2e/%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", `..\..`, "....//....//", "%252e%252e/%252e%252e"} {
		path := bucketName + "/" + own + "/" + up + "/" + key
		all = append(all, request{"GET", "/object/" + path, ""}, request{"GET", "/object/authenticated/" + path, ""},
			request{"POST", "/object/sign/" + path, `{"expiresIn": 600}`}, request{"PUT", "/object/" + path, "mine"}, request{"DELETE", "/object/" + path, ""})
	}
	return all
}

package localstorage

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

func cutQuery(u string) (path, query string, found bool) { return strings.Cut(u, "?") }

func TestHeadersRangesAndConditions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/object/forecast-uploads/a.csv"
	b.ask("POST", path, serviceKey, "0123456789", "Content-Type", "text/csv; charset=latin1", "Cache-Control", "max-age=60").want(t)
	get := b.ask("GET", path, serviceKey, "").want(t)
	etag := get.header.Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "text/csv; charset=latin1", "Cache-Control": "max-age=60", "Content-Length": "10", "Accept-Ranges": "bytes",
		"ETag": `"781e5e245d69b566979b86e28d23f2c7"`, // md5 of 0123456789
	} {
		if got := get.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := b.ask("HEAD", path, serviceKey, ""); got.status != http.StatusOK || got.header.Get("Content-Length") != "10" || got.body != "" {
		t.Errorf("HEAD: got %+v", got)
	}
	if got := b.ask("GET", path, serviceKey, "", "If-None-Match", etag); got.status != http.StatusNotModified || got.body != "" {
		t.Errorf("If-None-Match: got %d %s", got.status, got.body)
	}
	for header, want := range map[string]string{"bytes=0-3": "0123", "bytes=4-": "456789", "bytes=-2": "89"} {
		if got := b.ask("GET", path, serviceKey, "", "Range", header); got.status != http.StatusPartialContent || got.body != want || got.header.Get("Content-Range") == "" {
			t.Errorf("%s: got %d %s", header, got.status, got.body)
		}
	}
	info := b.ask("GET", "/object/info/forecast-uploads/a.csv", serviceKey, "").want(t).fields(t)
	if info["size"] != 10.0 || info["etag"] != etag || info["content_type"] != "text/csv; charset=latin1" || info["name"] != "a.csv" {
		t.Errorf("info: got %v", info)
	}
	b.ask("POST", "/object/open/p.csv", serviceKey, "public").want(t)
	for _, path := range []string{"/object/public/open/p.csv", "/object/open/p.csv"} {
		if got := b.ask("GET", path, "", ""); got.body != "public" || got.header.Get("Cache-Control") != noCacheHeader {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
	}
}

// chunked hides the length of a body, so that it is sent in chunks.
type chunked struct{ io.Reader }

func TestTheLimitHoldsForChunkedBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/object/forecast-uploads/a.csv"
	got := b.send("POST", path, serviceKey, chunked{strings.NewReader(strings.Repeat("x", 1<<20+1))})
	if f := got.fields(t); got.status != http.StatusBadRequest || f["statusCode"] != "413" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := b.ask("GET", path, serviceKey, ""); got.fields(t)["statusCode"] != "404" {
		t.Errorf("stored: %d", got.status)
	}
	b.send("POST", path, serviceKey, chunked{strings.NewReader(strings.Repeat("x", 1<<20))}).want(t)
	b.wantNoTemp()
}

func (b bundle) wantNoTemp() {
	b.Helper()
	left, err := os.ReadDir(filepath.Join(b.dir, tmpDir))
	if err != nil || len(left) != 0 {
		b.Errorf("temporary files left: %v, %v", left, err)
	}
}

func TestAFormAsBrowsersSendItIsAnUpload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("cacheControl", "3600")
	part, err := form.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name=""; filename="a.csv"`}, "Content-Type": {"text/csv"}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, "ds,y\n")
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	b.send("POST", "/object/forecast-uploads/a.csv", serviceKey, &body, "Content-Type", form.FormDataContentType()).want(t)
	got := b.ask("GET", "/object/forecast-uploads/a.csv", serviceKey, "").want(t)
	if got.body != "ds,y\n" || got.header.Get("Content-Type") != "text/csv" || got.header.Get("Cache-Control") != "max-age=3600" {
		t.Errorf("got %+v", got)
	}
}

func TestAConnectionThatBreaksLeavesTheOldObject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask("POST", "/object/forecast-uploads/a.csv", serviceKey, "old").want(t)
	conn, err := net.Dial("tcp", b.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /storage/v1/object/forecast-uploads/a.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nx-upsert: true\r\nContent-Length: 100\r\n\r\nnew", serviceKey)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		if resp.StatusCode == http.StatusOK {
			t.Error("a part was taken for the whole")
		}
		resp.Body.Close()
	}
	conn.Close()
	if got := b.ask("GET", "/object/forecast-uploads/a.csv", serviceKey, ""); got.body != "old" {
		t.Errorf("got %s", got.body)
	}
}

func TestOfManyCreatorsOneWinsAndReadersSeeWholeBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var won atomic.Int32
	var group errgroup.Group
	for i := range 8 {
		group.Go(func() error {
			body := strings.Repeat(string(rune('a'+i)), 100_000)
			if b.ask("POST", "/object/forecast-uploads/one.csv", serviceKey, body).status == http.StatusOK {
				won.Add(1)
			}
			b.ask("POST", "/object/forecast-uploads/many.csv", serviceKey, body, "x-upsert", "true").want(t)
			got := b.ask("GET", "/object/forecast-uploads/many.csv", serviceKey, "").want(t).body
			if got != strings.Repeat(got[:1], 100_000) {
				return fmt.Errorf("a mixed body of %d bytes", len(got))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if won.Load() != 1 {
		t.Errorf("%d creators won", won.Load())
	}
	b.wantNoTemp()
}

func TestAnObjectAndAFolderMayShareAName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"a", "a/b", "a/b/c"} {
		b.ask("POST", "/object/forecast-uploads/"+key, serviceKey, key).want(t)
	}
	b.ask("DELETE", "/object/forecast-uploads/a/b/c", serviceKey, "").want(t)
	for _, key := range []string{"a", "a/b"} {
		if got := b.ask("GET", "/object/forecast-uploads/"+key, serviceKey, ""); got.body != key {
			t.Errorf("%s: got %d %s", key, got.status, got.body)
		}
	}
}

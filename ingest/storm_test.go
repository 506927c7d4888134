package ingest_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

var stormTime = flag.Duration("storm", 0, "how long each documented address is sent odd requests; 0: a few dozen each")

// Whatever is sent to a documented address, the answer is as documented, and no
// fault of the server's.
//
//	go test ./ingest -run Storm -storm 60s -timeout 30m
func TestAStormOfOddRequests(t *testing.T) {
	t.Parallel()
	k, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	h := mounted(t)
	alice, bob := h.person(), h.person()
	s := &storm{person: alice, ids: []string{alice.uploaded(), bob.uploaded(), uuid.NewString(), "7", "..%2f..%2fx", "%00", "urn:uuid:" + uuid.NewString()}}
	s.uploaded(field{"forecast", "", `{}`})
	s.runs = []string{h.complete(`{"series": [{"unique_id": "a"}]}`).RunID.String(), uuid.NewString(), "x"}
	for path, item := range k.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if servedElsewhere(op) {
				continue
			}
			seed := uint64(len(path)) // the same storm each time, unless a long one is asked for
			if *stormTime > 0 {
				seed = rand.Uint64()
				t.Logf("%s %s: seed %d", method, path, seed)
			}
			r := rand.New(rand.NewPCG(seed, 0))
			for n, started := 0, time.Now(); n < 30 || time.Since(started) < *stormTime; n++ {
				s.send(r, method, path, item, op)
			}
		}
	}
}

type storm struct {
	person
	ids, runs []string
}

// send makes one request for an operation and looks at the answer.
func (s *storm) send(r *rand.Rand, method, path string, item *openapi3.PathItem, op *openapi3.Operation) {
	s.t.Helper()
	address := strings.NewReplacer("{job_id}", pick(r, s.ids), "{forecast_id}", pick(r, s.runs), "{code}", pick(r, []string{"internal", "x", "%2e%2e"}),
		"{name}", pick(r, []string{"input.csv", "output.json", "forecast.csv", "forecast.png", "passwd", "..%2finput.csv"})).Replace(path)
	var headers []string
	query := url.Values{}
	for _, ref := range append(op.Parameters, item.Parameters...) {
		p := ref.Value
		switch {
		case r.IntN(2) == 0:
		case p.In == "query":
			query.Set(p.Name, oddText(r))
		case p.In == "header":
			headers = append(headers, p.Name, printable(oddText(r)))
		}
	}
	if r.IntN(4) == 0 {
		query.Set(oddText(r), oddText(r))
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	if r.IntN(8) == 0 {
		headers = append(headers, "Accept", pick(r, []string{"text/event-stream", "image/png", "*/*;q=0", "a/b;q=x"}))
	}
	if r.IntN(8) == 0 {
		method = pick(r, []string{"PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "POST", "GET"})
	}
	var body io.Reader
	if method == http.MethodPost {
		text, kind := s.body(r, strings.HasSuffix(path, "/upload"))
		body, headers = bytes.NewReader(text), append(headers, "Content-Type", kind)
	}
	got := s.do(method, address, body, headers...)
	if got.StatusCode >= http.StatusInternalServerError {
		code := got.text(s.t, "code")
		if code != "storage_unavailable" && code != "database_unavailable" && !(path == "/readyz" && code == "unavailable") {
			s.t.Errorf("%s %s %q: status %d: %s", method, address, headers, got.StatusCode, got.body)
		}
	}
}

func (s *storm) body(r *rand.Rand, upload bool) (text []byte, kind string) {
	if r.IntN(10) == 0 {
		return []byte(oddText(r)), pick(r, []string{"", "application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "a/b; c"})
	}
	if !upload {
		return []byte(oddJSON(r, s.ids)), "application/json"
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for range 1 + r.IntN(3) {
		var part io.Writer
		var err error
		name := pick(r, []string{"file", "file", "forecast", oddText(r)})
		if name == "forecast" {
			part, err = w.CreateFormField(name)
			if err == nil {
				_, err = io.WriteString(part, oddJSON(r, s.ids))
			}
		} else if part, err = w.CreateFormFile(name, pick(r, []string{"a.csv", "../../x", "a.csv.gz", "", oddText(r)})); err == nil {
			_, err = io.WriteString(part, oddFile(r))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	_ = w.Close()
	text = b.Bytes()
	if r.IntN(5) == 0 {
		text = text[:r.IntN(len(text)+1)]
	}
	return text, w.FormDataContentType()
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

var odd = []string{
	"", "0", "1", "-1", "true", "null", "x", "*", `"1"`, `W/"2", "3"`, `"`, "bytes=0-", "bytes=5-2", "bytes=-0", "bytes=0-1,3-4", "wait=1", "wait=-1", "wait=999999999999999999999",
	"pending,failed", ",,", "2026-01-01", "2026-13-45", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "-infinity", "infinity", "1e400", "18446744073709551616",
	"\x00", "\xff\xfe", "\u202e", "' or 1=1 --", "{1,2}", "%s%n", "../../x", strings.Repeat("a", 3000), "MC4wMA", "2lqv0.7", "ZmZmLi4uLg",
}

func oddText(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return pick(r, odd)
	}
	b := make([]byte, r.IntN(24))
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return string(b)
}

// printable leaves of a text what a header may hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, text)
}

var oddNames = []string{"job_id", "horizon", "target", "time_column", "id_columns", "frequency", "season_length", "timezone", "model", "levels", "quantiles", "gaps",
	"duplicates", "aggregate", "bounds", "exogenous", "holidays", "backtest", "seed", "deadline_seconds", "webhook", "horizn", ""}

var oddValues = []string{"null", "0", "-1", "12", "1e99", "1e400", "18446744073709551616", "true", `""`, `"auto"`, `"Month"`, `"Passengers"`, `"\u0000"`, `"\ud800"`, `"D"`, `"5YS"`, `"Mars/Olympus"`,
	`"naive"`, "[]", `["Month"]`, "[80, 95]", "[0, 101]", "[null]", "{}", `{"until": "9999-12-31"}`, `{"lower": 1e308, "upper": -1e308}`, `{"future": ["Passengers"]}`, `{"countries": ["XX"]}`,
	`{"url": "http://127.0.0.1"}`, `{"folds": -1}`, "[[[[[[]]]]]]"}

func oddJSON(r *rand.Rand, ids []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"job_id": %q`, pick(r, ids))
	for range r.IntN(4) {
		fmt.Fprintf(&b, `, %q: %s`, pick(r, oddNames), pick(r, oddValues))
	}
	if r.IntN(10) > 0 {
		b.WriteString("}")
	}
	return b.String()
}

func oddFile(r *rand.Rand) string {
	text := pick(r, []string{monthly(), monthly(), "", "\n\n", "a;b\n1;2\n", "\xff\xfed\x00", "PK\x03\x04", "\x1f\x8b\x08\x00\x00", "a,\"b\n1", strings.Repeat(",", 5000), "day,y\n2020-01-01,\x00\n", "d,y\n01/02/2020,1\n02/01/2020,2\n"})
	b := []byte(text)
	for range r.IntN(4) {
		if len(b) > 0 {
			b[r.IntN(len(b))] = byte(r.IntN(256))
		}
	}
	return string(b)
}

package ingest_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/pgcast/pgcast/ingest"
)

// contract is openapi.json as every answer of every test is held to it. It
// remembers which of the documented answers were seen.
type contract struct {
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool
}

var theContract = sync.OnceValues(readContract)

func readContract() (*contract, error) {
	text, err := os.ReadFile("docs/openapi.json")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc: doc, router: router, seen: map[string]bool{}}, err
}

// anywhere are the statuses of the answer called default: what may happen to any
// request.
var anywhere = []int{400, 405, 408, 413, 414, 431, 499, 500, 503}

// hold checks that an answer is as documented.
func hold(t testing.TB, req *http.Request, resp *http.Response, body []byte) {
	t.Helper()
	k, err := theContract()
	if err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	k.hold(t, req, resp, body)
}

func (k *contract) hold(t testing.TB, req *http.Request, resp *http.Response, body []byte) {
	t.Helper()
	asked := req
	if req.Method == http.MethodHead { // like GET, without a body
		asked = req.Clone(context.Background())
		asked.Method = http.MethodGet
	}
	route, params, err := k.router.FindRoute(asked)
	if err != nil {
		return // the tests say which addresses there are not
	}
	name := fmt.Sprintf("%s %s %d", route.Method, route.Path, resp.StatusCode)
	if route.Operation.Responses.Status(resp.StatusCode) == nil && !slices.Contains(anywhere, resp.StatusCode) {
		t.Errorf("%s is not documented: %s", name, body)
		return
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 resp.StatusCode,
		Header:                 resp.Header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true,
			ExcludeResponseBody: req.Method == http.MethodHead || !strings.HasSuffix(kind, "json") || resp.StatusCode == http.StatusPartialContent,
		},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		t.Errorf("%s is not as documented: %v", name, err)
	}
	if len(body) > 0 && !documentsKind(route.Operation, resp.StatusCode, kind) {
		t.Errorf("%s: %q is not documented", name, kind)
	}
	k.mu.Lock()
	k.seen[name] = true
	k.mu.Unlock()
}

func documentsKind(op *openapi3.Operation, status int, kind string) bool {
	response := op.Responses.Status(status)
	if response == nil {
		response = op.Responses.Default()
	}
	return response.Value.Content.Get(kind) != nil
}

// servedElsewhere reports whether the notifier answers, not the door.
func servedElsewhere(op *openapi3.Operation) bool { return op.Extensions["x-served-by"] != nil }

// unseen are the documented answers that no test has met.
func (k *contract) unseen() []string {
	var missing []string
	for path, item := range k.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if servedElsewhere(op) {
				continue
			}
			for status := range op.Responses.Map() {
				if name := method + " " + path + " " + status; status != "default" && !k.seen[name] {
					missing = append(missing, name)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// everyAnswer fails a run of all tests that did not meet every documented
// answer.
func everyAnswer(code int) int {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return code
		}
	}
	k, err := theContract()
	if code != 0 || err != nil || len(k.seen) == 0 {
		return code
	}
	for _, name := range k.unseen() {
		fmt.Fprintln(os.Stderr, "documented, but met by no test:", name)
		code = 1
	}
	return code
}

// TestEveryRouteIsDocumented fails on a route without documentation, and on
// documentation without a route.
func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	k, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, item := range k.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !servedElsewhere(op) {
				documented = append(documented, method+" "+path)
			}
		}
	}
	var served []string
	for _, route := range ingest.New(ingest.Config{}).Routes() {
		method, path, _ := strings.Cut(route, " ")
		parts := strings.Split(path, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		served = append(served, method+" "+strings.ReplaceAll(strings.Join(parts, "/"), "/jobs/{id}", "/jobs/{job_id}"))
	}
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented %s\nserved     %s", strings.Join(documented, ", "), strings.Join(served, ", "))
	}
}

// The contract itself has to notice, and nothing else. This one is of its own: no
// answer here counts as met.
func TestTheContractRefusesWhatIsNotDocumented(t *testing.T) {
	t.Parallel()
	k, err := readContract()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status int
		body   string
		passes bool
	}{
		"as documented":       {200, `{"status": "ok"}`, true},
		"a field too many":    {200, `{"status": "ok", "more": 1}`, false},
		"another constant":    {200, `{"status": "fine"}`, false},
		"no field":            {200, `{}`, false},
		"another status":      {299, `{"status": "ok"}`, false},
		"an unknown body":     {200, `["ok"]`, false},
		"a problem that lies": {503, `{"code": "Internal Error"}`, false},
	} {
		said := &silent{TB: t}
		req, _ := http.NewRequest(http.MethodGet, "/healthz", nil)
		kind := "application/json"
		if c.status >= 400 {
			kind = "application/problem+json"
		}
		resp := &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {kind}, "Traceparent": {"x"}, "X-Request-Id": {"x"}}}
		k.hold(said, req, resp, []byte(c.body))
		if said.failed == c.passes {
			t.Errorf("%s: refused %t: %s %s", name, said.failed, strconv.Itoa(c.status), c.body)
		}
	}
}

// silent takes note of a failure, and does not fail.
type silent struct {
	testing.TB
	failed bool
}

func (s *silent) Helper()               {}
func (s *silent) Errorf(string, ...any) { s.failed = true }

package ingest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
)

// openAPI is the part of the document that the tests look at.
type openAPI struct {
	OpenAPI    string
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas map[string]struct{ Properties map[string]json.RawMessage }
	}
}

func (h *house) openAPI() openAPI {
	h.t.Helper()
	r := h.do(http.MethodGet, "/openapi.json", nil)
	var doc openAPI
	if err := json.Unmarshal(r.body, &doc); err != nil || doc.OpenAPI != "3.1.0" {
		h.t.Fatalf("status %d, version %q, %v", r.StatusCode, doc.OpenAPI, err)
	}
	return doc
}

func TestTheDocumentHasTheFieldsOfARequest(t *testing.T) {
	t.Parallel()
	for name := range setup(t).openAPI().Components.Schemas["Request"].Properties {
		_, err := job.ParseSpec([]byte(`{"` + name + `": false}`))
		if err == nil || strings.Contains(err.Error(), "unknown field") {
			t.Errorf("field %q: %v", name, err)
		}
	}
}

func TestTheDocumentationIsAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for path, kind := range map[string]string{"/docs": "text/html", "/docs/docs.js": "text/javascript", "/docs/docs.css": "text/css"} {
		r := h.do(http.MethodGet, path, nil)
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), kind) || len(r.body) < 500 {
			t.Errorf("%s: status %d, %s, %d bytes", path, r.StatusCode, r.Header.Get("Content-Type"), len(r.body))
		}
		if strings.Contains(string(r.body), "://") {
			t.Errorf("%s names another site", path)
		}
	}
}

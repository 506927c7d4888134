package problem_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pgcast/pgcast/internal/problem"
)

func TestAnAnswerSaysWhereAndUnderWhichTrace(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	ask := func(header http.Header) (said problem.Problem, w *httptest.ResponseRecorder) {
		r := httptest.NewRequest(http.MethodGet, "/v1/ws?ticket=secret", nil)
		r.Header = header
		w = httptest.NewRecorder()
		problem.New("unauthenticated", "no token").Answer(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
			t.Fatal(err)
		}
		return said, w
	}
	said, w := ask(http.Header{"Traceparent": {"00-" + id + "-00f067aa0ba902b7-01"}})
	if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" || said.Instance != "/v1/ws" || said.TraceID != id {
		t.Errorf("%d, %v: %+v", w.Code, w.Header(), said)
	}
	if said, _ := ask(http.Header{}); len(said.TraceID) != 32 {
		t.Errorf("without a trace of the client's: %+v", said)
	}
}

package localstorage

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkUpload is a small upload with all its fsyncs, as `pgcast up` does it.
func BenchmarkUpload(b *testing.B) {
	local, err := New(Config{Dir: b.TempDir(), JWTSecret: testSecret, ServiceKey: serviceKey})
	if err != nil {
		b.Fatal(err)
	}
	defer local.Close()
	do := func(path, body string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+serviceKey)
		w := httptest.NewRecorder()
		local.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	do("/bucket", `{"id":"b","name":"b"}`)
	body := strings.Repeat("2026-01-01,1234.5\n", 600)
	for i := 0; b.Loop(); i++ {
		do(fmt.Sprintf("/object/b/user/%d/runs/1/output.json", i), body)
	}
}

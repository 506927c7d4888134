package socket

import (
	"encoding/json"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"subscribe","id":1,"all":true}`,
		`{"type":"subscribe","id":2,"jobs":["01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10"],"after":{"01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10":3}}`,
		`{"type":"renew","ticket":"x"}`, `{"type":"ping"}`, `{"type":"unsubscribe","id":1}`, `{`, `null`, `{"type":"subscribe","jobs":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, refused := parse(b)
		if refused != nil {
			if refused.Code == "" || refused.Detail == "" || refused.Hint == "" {
				t.Errorf("%q is refused without a word: %+v", b, refused)
			}
			if !json.Valid(encode(errorFrame{"error", refused.ID, refused.Code, refused.Detail, refused.Hint})) {
				t.Errorf("the refusal of %q is not JSON", b)
			}
			return
		}
		if len(frame.Jobs) > maxJobs {
			t.Errorf("%d jobs pass", len(frame.Jobs))
		}
	})
}

package sse

import "testing"

func TestAPlaceIsOneLine(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]place{
		"":                  {},
		"1.a.b":             {cursor: "1.a.b"},
		"1.a.b~secret":      {"1.a.b", "secret"},
		"~secret":           {pass: "secret"},
		"1\n\ndata: forged": {},
		"1~\rdata: forged":  {},
		"1\x00":             {},
	} {
		if got := parsePlace(id); got != want {
			t.Errorf("%q is read as %+v, want %+v", id, got, want)
		}
	}
}

package dataset_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"testing"

	"github.com/pgcast/pgcast/dataset"
)

// realFiles is where the 18 real files lie, beside the clone.
const realFiles = "../../shared/data/csv"

// notProfile are fields of expectations.json that describe the file for
// people, and are no part of a profile.
var notProfile = []string{"file", "bytes", "traps", "series_id_also_ok", "ends_with_newline"}

// sets are fields whose order says nothing.
var sets = []string{"missing_markers", "missing_sentinels", "static_or_constant_columns", "empty_columns"}

func expectations(t *testing.T) map[string]map[string]any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(realFiles, "expectations.json"))
	if err != nil {
		t.Skipf("the 18 real files are not beside the clone (%s): %v", realFiles, err)
	}
	var want map[string]map[string]any
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// Every field that a person wrote down about a real file must come out of the
// profile under the same name.
func TestRealFilesProfileAsExpected(t *testing.T) {
	t.Parallel()
	for name, want := range expectations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(filepath.Join(realFiles, name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			profile, err := dataset.Scan(t.Context(), f, dataset.DefaultLimits)
			if err != nil {
				t.Fatalf("Scan: %v", err)
			}
			got := asMap(t, profile)
			got["n_columns"] = float64(len(profile.Columns))
			for _, field := range fields(want) {
				if diff := differ(field, got[field], want[field]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func asMap(t *testing.T, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func fields(want map[string]any) []string {
	var names []string
	for name := range want {
		if !slices.Contains(notProfile, name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// differ compares one field. Lists of objects are compared in the keys that
// the expectation has; a note is for people.
func differ(field string, got, want any) string {
	switch field {
	case "columns", "time_candidates":
		return differLists(field, got, want)
	}
	if slices.Contains(sets, field) {
		got, want = sorted(got), sorted(want)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf("%s = %v, want %v", field, got, want)
	}
	return ""
}

func differLists(field string, got, want any) string {
	g, w := got.([]any), want.([]any)
	if len(g) != len(w) {
		return fmt.Sprintf("%s has %d entries, want %d: %v", field, len(g), len(w), got)
	}
	for i := range w {
		for key, value := range w[i].(map[string]any) {
			if have := g[i].(map[string]any)[key]; key != "note" && !reflect.DeepEqual(have, value) {
				return fmt.Sprintf("%s[%d].%s = %v, want %v", field, i, key, have, value)
			}
		}
	}
	return ""
}

func sorted(v any) []string {
	var out []string
	for _, s := range v.([]any) {
		out = append(out, s.(string))
	}
	sort.Strings(out)
	return out
}

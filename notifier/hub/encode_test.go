package hub_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/hub"
)

// texts are what makes strings hard.
var texts = []string{"", "plain", "né \"x\" <a&b> \\ \t\x01\u2028", "\xff torn", "\x7f"}

// fill gives every field a value of its own, so that one more field of a job that
// is not encoded is found out.
func fill(v reflect.Value, n *int) {
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(int64(*n)*1e8, int64(*n)*1e6).In(time.FixedZone("", 3600))
		return
	case **time.Time:
		t := time.Unix(int64(*n)*1e8, 0).UTC()
		*x = &t
		return
	case *json.RawMessage:
		*x = json.RawMessage(fmt.Sprintf("{\"n\": [%d,%s\"<é>\"]}", *n, "\n"[:*n%2]))
		return
	case *job.ID:
		*x = job.NewID()
		return
	case *job.UserID:
		x.UUID = job.NewID().UUID
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint(texts[*n%len(texts)], *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(1 / float64(*n))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}

func TestEncodingIsThatOfTheJobResource(t *testing.T) {
	t.Parallel()
	var full job.Job
	n := 0
	fill(reflect.ValueOf(&full).Elem(), &n)
	jobs := []job.Job{{}, full}
	for i, text := range texts {
		j := full
		j.ErrorMessage, j.Progress.Fraction = text, []float64{0, 1, 1e-7, 0.1, 1e22}[i]
		jobs = append(jobs, j)
	}
	for _, j := range jobs {
		got := hub.Encode(j)
		j.RunAt, j.CreatedAt, j.UpdatedAt = j.RunAt.UTC(), j.CreatedAt.UTC(), j.UpdatedAt.UTC()
		want, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decoded(t, got), decoded(t, want)) || bytes.ContainsRune(got, '\n') {
			t.Errorf("encoded\n%s\nwant\n%s", got, want)
		}
	}
	broken := full
	broken.Params = json.RawMessage(`{"n":`)
	if !json.Valid(hub.Encode(broken)) {
		t.Errorf("params that are no JSON came out as %s", hub.Encode(broken))
	}
}

func decoded(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return v
}

func BenchmarkEncode(b *testing.B) {
	now := time.Now()
	j := job.Job{ID: job.NewID(), UserID: job.UserID{UUID: job.NewID().UUID}, Status: job.Processing, Version: 3,
		Params: json.RawMessage(`{"model": "auto", "horizon": 12}`), Attempts: 1, MaxAttempts: 3,
		RunAt: now, CreatedAt: now, UpdatedAt: now, StartedAt: &now, FileName: "measurements.csv", FileBytes: 4711}
	b.ReportAllocs()
	for b.Loop() {
		hub.Encode(j)
	}
}

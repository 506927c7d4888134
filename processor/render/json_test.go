package render_test

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/processor/render"
)

// TestJSONSaysWhatTheOutputSays holds the streamed form against encoding/json.
func TestJSONSaysWhatTheOutputSays(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"no series": 0, "one": 1, "three": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := output(3, 80, 95)
			one := o.Series[0]
			one.ID = `a "series":null <b> & c`
			o.Summary.Text = `"series":null`
			o.Series = []engine.Series{}
			for range n {
				o.Series = append(o.Series, one)
			}
			whole, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(document(t, o), &got); err != nil {
				t.Fatalf("not JSON: %v", err)
			}
			if err := json.Unmarshal(whole, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%v\nwant\n%v", got, want)
			}
		})
	}
}

func TestJSONHasNoNaN(t *testing.T) {
	t.Parallel()
	o := output(2, 80)
	nan := math.NaN()
	o.Series[0].Points.Mean[1] = forecast.Number(nan)
	o.Series[0].Selected.Params["alpha"] = nan
	var got engine.Output
	if err := json.Unmarshal(document(t, o), &got); err != nil {
		t.Fatal(err)
	}
	if _, found := got.Series[0].Selected.Params["alpha"]; found {
		t.Error("a parameter that is no number was written")
	}
	if got.Series[0].Selected.Params["drift"] != 0.1 {
		t.Error("a parameter was lost")
	}
	if _, kept := o.Series[0].Selected.Params["alpha"]; !kept {
		t.Error("the caller's output was changed")
	}
}

func document(t *testing.T, o *engine.Output) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render.JSON(&b, o); err != nil {
		t.Fatalf("write the document: %v", err)
	}
	return b.Bytes()
}

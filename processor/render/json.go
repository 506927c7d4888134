package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"

	"github.com/pgcast/pgcast/internal/engine"
)

// JSON writes o as output.json: one compact JSON object and a newline. The
// series are encoded one at a time, so that a panel of many thousands does not
// stand in memory twice. Numbers that are not finite become null.
func JSON(w io.Writer, o *engine.Output) error {
	head, tail, err := envelope(o)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i := range o.Series {
		separator := ","
		if i == 0 {
			separator = ""
		}
		if err := writeSeries(w, separator, o.Series[i]); err != nil {
			return err
		}
	}
	_, err = w.Write(tail)
	return err
}

// envelope encodes everything but the series, cut where they belong. The cut
// is the only place where the bytes `"series":null` can stand: inside a JSON
// string its quotes would be escaped, and summary.series is a number.
func envelope(o *engine.Output) (head, tail []byte, err error) {
	hollow := *o
	hollow.Series = nil
	whole, err := encode(hollow)
	if err != nil {
		return nil, nil, err
	}
	const mark = `"series":null`
	head, tail, found := bytes.Cut(whole, []byte(mark))
	if !found {
		return nil, nil, errors.New("render: the output has no series field")
	}
	head = append(bytes.Clone(head), `"series":[`...)
	tail = append([]byte("]"), append(tail, '\n')...)
	return head, tail, nil
}

func writeSeries(w io.Writer, separator string, s engine.Series) error {
	s.Selected.Params = finite(s.Selected.Params)
	text, err := encode(s)
	if err != nil {
		return err
	}
	_, err = w.Write(append([]byte(separator), text...))
	return err
}

// finite leaves out the parameters that JSON has no number for.
func finite(params map[string]float64) map[string]float64 {
	kept := make(map[string]float64, len(params))
	for name, value := range params {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			kept[name] = value
		}
	}
	return kept
}

// encode is json.Marshal without the escapes that only HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

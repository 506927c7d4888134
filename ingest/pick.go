package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// pickSeries copies an output.json with only the named series in it. It holds
// one series and what was picked at a time, so that a result with 100,000 of
// them is no burden. It returns nil when none was there.
func pickSeries(r io.Reader, names map[string]bool) ([]byte, error) {
	dec := json.NewDecoder(r)
	if err := expect(dec, '{'); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	found := 0
	out.WriteByte('{')
	for first := true; dec.More(); first = false {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if !first {
			out.WriteByte(',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		out.Write(append(name, ':'))
		if key == "series" {
			n, err := copySeries(&out, dec, names)
			if err != nil {
				return nil, err
			}
			found += n
			continue
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		out.Write(value)
	}
	out.WriteString("}\n")
	if found == 0 {
		return nil, expect(dec, '}')
	}
	return out.Bytes(), expect(dec, '}')
}

func copySeries(out *bytes.Buffer, dec *json.Decoder, names map[string]bool) (found int, err error) {
	if err := expect(dec, '['); err != nil {
		return 0, err
	}
	out.WriteByte('[')
	for dec.More() {
		var series json.RawMessage
		if err := dec.Decode(&series); err != nil {
			return found, err
		}
		var id struct {
			ID string `json:"unique_id"`
		}
		if err := json.Unmarshal(series, &id); err != nil {
			return found, err
		}
		if !names[id.ID] {
			continue
		}
		if found > 0 {
			out.WriteByte(',')
		}
		out.Write(series)
		found++
	}
	out.WriteByte(']')
	return found, expect(dec, ']')
}

func expect(dec *json.Decoder, delim json.Delim) error {
	token, err := dec.Token()
	if err == nil && token != delim {
		err = fmt.Errorf("output.json: %v where %v should be", token, delim)
	}
	return err
}

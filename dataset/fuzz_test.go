package dataset_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pgcast/pgcast/dataset"
)

// Any bytes either profile, the same in any chunks and as valid JSON, and then
// read under their own proposal, or are refused with an *Error.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		airPassengersCSV(), "a;b\n1,5;2\n", "year,jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec\n2020,1,2,3,4,5,6,7,8,9,10,11,12\n",
		"id,date,v\na,1/2/2020,3\nb,1/2/2020,4\na,1/3/2020,5\nb,1/3/2020,5\n", "year,quarter,v\n1959,1,2\n1959,2,3\n", "v\n1\n2\n",
		"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "ts,v\n1704067200,1\n1704153600,2\n", "d,v\n2020-01-01T00:00:00+02:00,1\n2020-01-02T00:00:00Z,2\n",
		"country,1990,1991,1992\nA,1,2,3\nB,4,5,6\n", "date,v\n0001-01-01,1\n9999-12-31,2\n", "sep=;\na;b\n\"x\"\"y\";2\n",
		"Month,2021,2022,2023\nJan,1,2,3\nFeb,4,5,6\nMar,4,5,6\n", "d,hour,v\n2024-01-01,24,1 p\n2024-01-02,1,2\n", "date,v\n24001,1\n24002,2\n,3\n2024x,4\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := dataset.Scan(t.Context(), bytes.NewReader(text), dataset.DefaultLimits)
		if err != nil {
			mustBeError(t, err)
			return
		}
		slow, err := dataset.Scan(t.Context(), iotest.OneByteReader(bytes.NewReader(text)), dataset.DefaultLimits)
		if err != nil {
			t.Fatalf("byte by byte: %v", err)
		}
		if a, b := marshal(t, p), marshal(t, slow); a != b {
			t.Errorf("at once\n%s\nbyte by byte\n%s", a, b)
		}
		data, err := dataset.Read(t.Context(), bytes.NewReader(text), p, suggested(t, p))
		if err != nil {
			mustBeError(t, err)
			return
		}
		for _, s := range data.Series {
			data.Layout.Format(s.Time(len(s.Y)))
		}
	})
}

func mustBeError(t *testing.T, err error) {
	t.Helper()
	var data *dataset.Error
	if !errors.As(err, &data) {
		t.Fatalf("refused with %v, want a *dataset.Error", err)
	}
	if data.Code == "" || data.Hint == "" || strings.ToLower(data.Code) != data.Code {
		t.Errorf("refused as %+v, want a code and a hint", data)
	}
}

func marshal(t *testing.T, p *dataset.Profile) string {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

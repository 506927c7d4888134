package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pgcast/pgcast/dataset"
)

// What is no table of numbers is refused with a code, a place and a hint.
func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for range 2001 {
		many.WriteString("a,")
	}
	for name, c := range map[string]struct {
		text, code string
		line       int
	}{
		"nothing":              {"", "empty_file", 0},
		"blanks":               {"\n \r\n\n", "empty_file", 0},
		"BOM alone":            {"\ufeff", "empty_file", 0},
		"header only":          {"date,value\n", "no_data_rows", 0},
		"title and header":     {"Report\n\ndate,value\n", "no_data_rows", 0},
		"xlsx":                 {"PK\x03\x04\x14\x00\x06\x00", "not_text", 0},
		"xls":                  {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "not_text", 0},
		"gzip":                 {"\x1F\x8B\x08\x00\x00\x00", "not_text", 0},
		"bzip2":                {"BZh91AY&SY", "not_text", 0},
		"zstd":                 {"\x28\xB5\x2F\xFD\x00", "not_text", 0},
		"PDF":                  {"%PDF-1.7\n", "not_text", 0},
		"Parquet":              {"PAR1\x15\x04", "not_text", 0},
		"Arrow":                {"ARROW1\x00\x00", "not_text", 0},
		"SQLite":               {"SQLite format 3\x00", "not_text", 0},
		"PNG":                  {"\x89PNG\r\n\x1a\n", "not_text", 0},
		"JPEG":                 {"\xFF\xD8\xFF\xE0", "not_text", 0},
		"GIF":                  {"GIF89a", "not_text", 0},
		"program":              {"\x7FELF\x02\x01", "not_text", 0},
		"random bytes":         {strings.Repeat("\x01\x02a\x03\x04b\x05", 50), "not_text", 0},
		"HTML":                 {"<!DOCTYPE html><html><body>log in</body></html>", "not_csv", 1},
		"XML":                  {"\ufeff<?xml version=\"1.0\"?><a/>", "not_csv", 1},
		"JSON object":          {"{\"error\": \"not found\"}", "not_csv", 1},
		"JSON list":            {" [\n {\"date\": \"2024-01-01\"}]", "not_csv", 1},
		"names only":           {"name,city\nAnn,Rome\nBob,Oslo\n", "no_numeric_target", 0},
		"dates only":           {"date\n2024-01-01\n2024-01-02\n2024-01-03\n", "no_numeric_target", 0},
		"prose":                {"It was a dark night.\nNobody was there.\nThe end.\n", "no_numeric_target", 0},
		"open quote":           {"date,value\n2024-01-01,\"1\n2024-01-02,2\n", "unterminated_quote", 2},
		"too many columns":     {many.String() + "a\n" + many.String() + "a\n", "too_many_columns", 1},
		"UTF-32 BOM":           {"\xFF\xFE\x00\x00d\x00\x00\x00,\x00\x00\x00", "unsupported_encoding", 0},
		"UTF-32":               {"d\x00\x00\x00,\x00\x00\x00v\x00\x00\x00\n\x00\x00\x001\x00\x00\x00,\x00\x00\x002\x00\x00\x00", "unsupported_encoding", 0},
		"EBCDIC":               {strings.Repeat("\xF2\xF0\xF2\xF4\x60\xF0\xF1\x6B\xF1\xF2\x4B\xF5\x15", 40), "unsupported_encoding", 0},
		"decimal commas split": {"date,v\n" + lines(30, func(i int) string { return fmt.Sprintf("2024-01-%02d,%d,%d", i+1, i, i%9) }), "too_many_bad_rows", 2},
		"surplus fields": {"date,v\n" + lines(90, func(i int) string {
			return fmt.Sprintf("2024-01-%02d,%d", i%28+1, i) + map[bool]string{true: ",5"}[i%10 == 4]
		}), "too_many_bad_rows", 6},
		"an e-mail":         {"From: someone\nTo: somebody\n\nHello,\nhow are you?\nBye\n", "no_numeric_target", 0},
		"a program's text":  {"package main\n\nfunc main() {\n\tprintln(\"hello\")\n}\n", "no_numeric_target", 0},
		"RTF":               {"{\\rtf1\\ansi hello}", "not_csv", 1},
		"JSON lines":        {"{\"date\": \"2024-01-01\", \"v\": 1}\n{\"date\": \"2024-01-02\", \"v\": 2}\n", "not_csv", 1},
		"7z":                {"7z\xBC\xAF\x27\x1C", "not_text", 0},
		"xz":                {"\xFD7zXZ\x00", "not_text", 0},
		"field without end": {"date,value\n2024-01-01," + strings.Repeat("9", 2<<20) + "\n", "field_too_long", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := dataset.Scan(t.Context(), strings.NewReader(c.text), dataset.Limits{})
			var data *dataset.Error
			if !errors.As(err, &data) {
				t.Fatalf("Scan = %+v, %v; want an error with code %s", p, err, c.code)
			}
			if data.Code != c.code || data.Line != c.line || data.Hint == "" {
				t.Errorf("refused as %+v, want %s on line %d with a hint", data, c.code, c.line)
			}
			if before := strings.Count(c.text[:data.ByteOffset], "\n"); data.Line > 0 && before != data.Line-1 {
				t.Errorf("refused as %+v: byte %d lies on line %d", data, data.ByteOffset, before+1)
			}
		})
	}
}

// An error of the source is the caller's own: it comes back as it was.
func TestSourceErrorsComeBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	text := daily("date,v\n", "2006-01-02", ",", 40_000, decimal)
	for _, at := range []int{0, 10, 300_000} {
		r := io.MultiReader(strings.NewReader(text[:at]), iotest.ErrReader(broken))
		if _, err := dataset.Scan(t.Context(), r, dataset.DefaultLimits); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v, want the error of the reader", at, err)
		}
	}
}

func TestScanStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := daily("date,v\n", "2006-01-02", ",", 5000, decimal)
	if _, err := dataset.Scan(ctx, strings.NewReader(text), dataset.DefaultLimits); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan = %v, want the end of the context", err)
	}
}

// Numbers with a word behind them are no numbers, and the hint says what to do:
// 5k is never read as 5.
func TestUnitsBehindNumbersAreRefused(t *testing.T) {
	t.Parallel()
	for cell, hint := range map[string]string{
		"%d kWh": "put the units of the numbers into the header: 3 instead of 3 kWh",
		"%d°C":   "put the units of the numbers into the header: 3 instead of 3°C",
		"%dk":    "write the numbers in full figures, without the k of 3k",
		"1.%dM":  "write the numbers in full figures, without the M of 1.3M",
		"%dbn":   "write the numbers in full figures, without the bn of 3bn",
	} {
		text := "date,v\n"
		for i := range 40 {
			text += fmt.Sprintf("2024-%02d-%02d,"+cell+"\n", 1+i/20, 1+i%20, 3)
		}
		_, err := dataset.Scan(t.Context(), strings.NewReader(text), dataset.DefaultLimits)
		var data *dataset.Error
		if !errors.As(err, &data) || data.Code != "no_numeric_target" || data.Hint != hint {
			t.Errorf("%q: %v, want %q", cell, err, hint)
		}
	}
}

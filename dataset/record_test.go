package dataset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

var standard = dialect{delim: ',', quote: '"'}

// allRecords reads every record of text as strings.
func allRecords(r io.Reader, d dialect, l Limits) ([][]string, []int, error) {
	s := newScanner(r, d, l.filled())
	var all [][]string
	var lines []int
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			return all, lines, nil
		}
		if err != nil {
			return all, lines, err
		}
		fields := []string{}
		for _, f := range rec.fields {
			fields = append(fields, string(f))
		}
		all, lines = append(all, fields), append(lines, rec.line)
	}
}

func TestRecordsAreCut(t *testing.T) {
	t.Parallel()
	cr := dialect{delim: ',', quote: '"', bareCR: true}
	for name, c := range map[string]struct {
		text  string
		d     dialect
		want  [][]string
		lines []int
	}{
		"plain":                  {"a,b\n1,2\n", standard, [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		"no last line end":       {"a,b\n1,2", standard, [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		"CRLF":                   {"a,b\r\n1,2\r\n", standard, [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		"bare CR":                {"a,b\r1,2\r", cr, [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
		"all three":              {"a\r1\r\n2\n3", cr, [][]string{{"a"}, {"1"}, {"2"}, {"3"}}, []int{1, 2, 3, 4}},
		"empty fields":           {",\n,,\n", standard, [][]string{{"", ""}, {"", "", ""}}, []int{1, 2}},
		"quoted delimiter":       {"\"a,b\",c\n", standard, [][]string{{"a,b", "c"}}, []int{1}},
		"doubled quote":          {"\"a\"\"b\",c\n", standard, [][]string{{"a\"b", "c"}}, []int{1}},
		"line end inside":        {"\"a\nb\",c\n1,2\n", standard, [][]string{{"a\nb", "c"}, {"1", "2"}}, []int{1, 3}},
		"empty quotes":           {"\"\",\"\"\n", standard, [][]string{{"", ""}}, []int{1}},
		"blank before quote":     {"a, \"b,c\"\n", standard, [][]string{{"a", "b,c"}}, []int{1}},
		"quote inside a field":   {"5\" pipe,2\n", standard, [][]string{{"5\" pipe", "2"}}, []int{1}},
		"text after a quote":     {"\"a\"b,c\n", standard, [][]string{{"ab", "c"}}, []int{1}},
		"backslash":              {"\"a\\\"b\",c\n", dialect{delim: ',', quote: '"', backslash: true}, [][]string{{"a\"b", "c"}}, []int{1}},
		"one column":             {"\"Y\"\n1\n", dialect{quote: '"'}, [][]string{{"Y"}, {"1"}}, []int{1, 2}},
		"quoted CR at the end":   {"\"a\"\r", standard, [][]string{{"a"}}, []int{1}},
		"quoted last field, CRs": {"a,\"b\"\r1,\"2\"", cr, [][]string{{"a", "b"}, {"1", "2"}}, []int{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{"at once": strings.NewReader(c.text), "byte by byte": iotest.OneByteReader(strings.NewReader(c.text))} {
				got, lines, err := allRecords(r, c.d, Limits{})
				if err != nil || !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(lines, c.lines) {
					t.Errorf("%s: %q on lines %v (%v), want %q on %v", how, got, lines, err, c.want, c.lines)
				}
			}
		})
	}
}

// The standard library writes records; the scanner reads the same ones.
func TestRecordsMatchEncodingCSV(t *testing.T) {
	t.Parallel()
	cell := rapid.StringMatching(`[a-c0-9 ,;"\n.]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 5), 1, 8).Draw(t, "records")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		if err := w.WriteAll(want); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(b.Bytes()))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := allRecords(&b, standard, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range got { // encoding/csv reads \r\n inside quotes as \n
			for j := range got[i] {
				got[i][j] = strings.ReplaceAll(got[i][j], "\r\n", "\n")
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestScannerLimits(t *testing.T) {
	t.Parallel()
	small := Limits{Columns: 3, FieldBytes: 100, RecordBytes: 1 << 17}
	for name, c := range map[string]struct {
		text, code string
		line       int
	}{
		"columns":         {"a,b\n1,2,3,4\n", "too_many_columns", 2},
		"field":           {"a,b\n1,2\n" + strings.Repeat("x", 101) + ",2\n", "field_too_long", 3},
		"record":          {"a,b\n" + strings.Repeat("x", 1<<18), "field_too_long", 2},
		"open quote":      {"a,b\n1,\"2\n3,4\n", "unterminated_quote", 2},
		"long open quote": {"a,b\n1,\"" + strings.Repeat("2\n", 100_000), "unterminated_quote", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := allRecords(strings.NewReader(c.text), standard, small)
			var data *Error
			if !errors.As(err, &data) || data.Code != c.code || data.Line != c.line {
				t.Errorf("error %v (%+v), want %s on line %d", err, data, c.code, c.line)
			}
		})
	}
}

// However the bytes arrive, the records are the same.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\r\n", "\r\r\n\n", "a,\"b", "\"a\"x,\r", "\\\"a\\\",\"\\\"\""} {
		f.Add([]byte(seed), true, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, bare, backslash bool) {
		d := dialect{delim: ',', quote: '"', bareCR: bare, backslash: backslash}
		once, lines, err := allRecords(bytes.NewReader(text), d, Limits{})
		slow, slowLines, slowErr := allRecords(iotest.OneByteReader(bytes.NewReader(text)), d, Limits{})
		if (err == nil) != (slowErr == nil) || !reflect.DeepEqual(once, slow) || !reflect.DeepEqual(lines, slowLines) {
			t.Errorf("at once %q %v (%v), byte by byte %q %v (%v)", once, lines, err, slow, slowLines, slowErr)
		}
	})
}

package dataset

import (
	"bytes"
	"fmt"
)

// signatures are the first bytes of files that people upload by mistake.
var signatures = []struct {
	prefix, name, hint string
}{
	{"PK\x03\x04", "a ZIP archive (for instance an Excel workbook, .xlsx)", "save the sheet as CSV, or unpack the archive"},
	{"\xD0\xCF\x11\xE0", "an old Excel or Word file (.xls, .doc)", "save the sheet as CSV"},
	{"\x1F\x8B", "a gzip archive", "unpack it first (gunzip) and upload the CSV inside"},
	{"BZh", "a bzip2 archive", "unpack it first"},
	{"\x28\xB5\x2F\xFD", "a Zstandard archive", "unpack it first"},
	{"\xFD7zXZ", "an xz archive", "unpack it first"},
	{"7z\xBC\xAF", "a 7z archive", "unpack it first"},
	{"%PDF-", "a PDF document", "export the table behind it as CSV"},
	{"PAR1", "a Parquet file", "export it as CSV"},
	{"ARROW1", "an Arrow file", "export it as CSV"},
	{"SQLite format 3\x00", "an SQLite database", "export the table as CSV"},
	{"\x89PNG", "a PNG image", "upload the numbers behind it as CSV"},
	{"\xFF\xD8\xFF", "a JPEG image", "upload the numbers behind it as CSV"},
	{"GIF8", "a GIF image", "upload the numbers behind it as CSV"},
	{"\x7FELF", "a program", "upload a CSV file"},
}

// refuse names what the first raw bytes of a file show it to be, when that is
// no table of text.
func refuse(head []byte) error {
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.prefix)) {
			return &Error{Code: "not_text", Detail: "the file is " + s.name + ", not text", Hint: s.hint}
		}
	}
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head[:min(len(head), 1024)], []byte("\xEF\xBB\xBF"))))
	for _, tag := range []string{"<!doctype html", "<html", "<?xml", "<svg", "<table", "<head"} {
		if bytes.HasPrefix(text, []byte(tag)) {
			return notCSV("an HTML or XML page", "download the table itself; a page often appears where a login was needed")
		}
	}
	if bytes.HasPrefix(text, []byte(`{\rtf`)) {
		return notCSV("a rich text document", "save the table in it as CSV")
	}
	if looksLikeJSON(text) {
		return notCSV("JSON", "convert the records to CSV with one line each")
	}
	return nil
}

func notCSV(what, hint string) error {
	return &Error{Code: "not_csv", Detail: fmt.Sprintf("the file is %s, not a CSV table", what), Hint: hint, Line: 1}
}

// looksLikeJSON reports whether trimmed text opens like a JSON document. No
// CSV header was seen that begins with a brace and a quote.
func looksLikeJSON(text []byte) bool {
	if len(text) < 2 || text[0] != '{' && text[0] != '[' {
		return false
	}
	rest := bytes.TrimSpace(text[1:])
	return len(rest) > 0 && bytes.IndexByte([]byte(`"{[}]`), rest[0]) >= 0
}

// isBinary reports whether text has more NUL and control bytes than any text
// file: over 5 %.
func isBinary(text []byte) bool {
	control := 0
	for _, b := range text {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1A {
			control++
		}
	}
	return control*20 > len(text)
}

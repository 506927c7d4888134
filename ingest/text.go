package ingest

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/internal/workbook"
)

// text is the CSV text of an uploaded file: unpacked when it came as gzip,
// taken out of a sheet when it came as a workbook, and counted, so that neither a long file nor a small one that unpacks to a long
// one goes on for ever.
type text struct {
	raw     io.Reader // the file as it was sent
	limit   int64     // bytes of text
	r       io.Reader // nil before the first read
	read    int64
	cut     bool            // raw failed
	problem error           // what is wrong with the file itself; a problem.Problem
	sheet   *workbook.Sheet // the text, when the file is a workbook
}

// close removes what reading the file left on the disk.
func (t *text) close() {
	if t.sheet != nil {
		_ = t.sheet.Close()
	}
}

func (t *text) Read(p []byte) (int, error) {
	if t.problem != nil {
		return 0, errGivenUp
	}
	if t.r == nil {
		if err := t.open(); err != nil {
			return 0, err
		}
	}
	n, err := t.r.Read(p)
	t.read += int64(n)
	switch {
	case t.read > t.limit:
		t.problem = problem.New("payload_too_large", fmt.Sprintf("The file is larger than %d bytes of text.", t.limit))
		return 0, errGivenUp
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	}
	return n, t.damaged(err)
}

// open looks for the two bytes that every gzip file starts with (RFC 1952), and
// for a workbook's.
func (t *text) open() error {
	r := bufio.NewReaderSize(&marked{t}, 32<<10)
	t.r = r
	magic, _ := r.Peek(4)
	if workbook.Is(magic) {
		return t.openWorkbook(r)
	}
	if len(magic) < 2 || string(magic[:2]) != "\x1f\x8b" {
		return nil
	}
	packed, err := gzip.NewReader(r)
	if err != nil {
		return t.damaged(err)
	}
	t.r = packed
	return nil
}

func (t *text) openWorkbook(r io.Reader) error {
	sheet, err := workbook.Text(r, workbook.Limits{PackedBytes: min(t.limit, workbook.DefaultLimits.PackedBytes)})
	var refused *dataset.Error
	switch {
	case t.cut:
		return err
	case errors.As(err, &refused):
		t.problem = problem.From(refused)
		return errGivenUp
	case err != nil:
		return err
	}
	t.sheet, t.r = sheet, sheet
	return nil
}

// damaged tells a damaged file from a broken connection.
func (t *text) damaged(err error) error {
	if t.cut {
		return err
	}
	t.problem = problem.New("bad_gzip", "")
	return errGivenUp
}

// marked notices when the part itself cannot be read on.
type marked struct{ t *text }

func (m *marked) Read(p []byte) (int, error) {
	n, err := m.t.raw.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.t.cut = true
	}
	return n, err
}

// maxFileName bounds the name of a file, in bytes.
const maxFileName = 255

// fileName makes the name of an uploaded file safe to store and to show.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "\ufffd"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	for len(name) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "" || name == "." || name == ".." || name == "/" {
		return InputName
	}
	return name
}

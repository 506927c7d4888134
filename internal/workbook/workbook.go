// Package workbook makes CSV text of Excel workbooks (.xlsx) on their way to
// the reader of CSV files. Numbers are written as the workbook holds them, not
// as it shows them, and dates as 2006-01-02 15:04:05, so that nothing about
// them is left to be guessed.
package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pgcast/pgcast/dataset"
)

// Limits bound what a workbook may weigh. A zero field means its value in
// [DefaultLimits].
type Limits struct {
	PackedBytes   int64
	UnpackedBytes int64 // also of the CSV text
}

// DefaultLimits are the limits of a server that was told nothing else.
var DefaultLimits = Limits{PackedBytes: 32 << 20, UnpackedBytes: 256 << 20}

// Sheet is the CSV text of one sheet, in a temporary file that Close removes.
type Sheet struct {
	*os.File
	Name   string
	Others []string // further sheets with cells, which were left out
}

// Close removes the text.
func (s *Sheet) Close() error {
	return errors.Join(s.File.Close(), os.Remove(s.File.Name()))
}

// Tell adds to the profile of the text what the text cannot say: that there are
// other sheets.
func (s *Sheet) Tell(p *dataset.Profile) {
	if len(s.Others) > 0 {
		p.Warnings = append(p.Warnings, dataset.Warning{Code: "other_sheets", Severity: "warning", Count: len(s.Others), Sample: strings.Join(s.Others, ", "),
			Detail: fmt.Sprintf("only the sheet %q was read", s.Name)})
	}
}

// Is reports whether a file that begins like this is an archive, as every
// workbook is.
func Is(head []byte) bool { return len(head) >= 4 && string(head[:4]) == "PK\x03\x04" }

// Text makes the text of the first sheet with a table in it. Errors about the
// file are *[dataset.Error]; others come from r or from the disk.
func Text(r io.Reader, l Limits) (*Sheet, error) {
	if l.PackedBytes <= 0 {
		l.PackedBytes = DefaultLimits.PackedBytes
	}
	if l.UnpackedBytes <= 0 {
		l.UnpackedBytes = DefaultLimits.UnpackedBytes
	}
	packed, err := os.CreateTemp("", "pgcast-workbook-*")
	if err != nil {
		return nil, fmt.Errorf("spool the workbook: %w", err)
	}
	defer func() { _ = packed.Close(); _ = os.Remove(packed.Name()) }()
	size, err := io.Copy(packed, io.LimitReader(r, l.PackedBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("spool the workbook: %w", err)
	case size > l.PackedBytes:
		return nil, tooLarge(l.PackedBytes, "")
	}
	archive, err := inspect(packed, size, l)
	if err != nil {
		return nil, err
	}
	return unpack(archive, l)
}

func tooLarge(limit int64, unpacked string) error {
	return &dataset.Error{Code: "payload_too_large", Detail: fmt.Sprintf("the workbook is larger than %d bytes%s", limit, unpacked), Hint: "save the sheet as CSV"}
}

func damaged(err error) error {
	return &dataset.Error{Code: "bad_workbook", Detail: fmt.Sprintf("the workbook cannot be read: %v", err), Hint: "open it and save it again as .xlsx, or save the sheet as CSV"}
}

// inspect refuses archives that are no workbook, and those that unpack to more
// than the limit. archive/zip holds every part to the size it declares.
func inspect(packed io.ReaderAt, size int64, l Limits) (*zip.Reader, error) {
	if n, err := entries(io.NewSectionReader(packed, 0, size)); err != nil {
		return nil, fmt.Errorf("read the workbook: %w", err)
	} else if n > maxParts {
		return nil, &dataset.Error{Code: "payload_too_large", Detail: fmt.Sprintf("the workbook has more than %d parts", maxParts), Hint: "save the sheet as CSV"}
	}
	archive, err := zip.NewReader(packed, size)
	if err != nil {
		return nil, damaged(err)
	}
	left, workbook := uint64(l.UnpackedBytes), false
	for _, part := range archive.File {
		if part.UncompressedSize64 > left {
			return nil, tooLarge(l.UnpackedBytes, " when it is unpacked")
		}
		left -= part.UncompressedSize64
		workbook = workbook || part.Name == "xl/workbook.xml"
	}
	if !workbook {
		return nil, &dataset.Error{Code: "not_text", Detail: "the file is a ZIP archive, and no Excel workbook (.xlsx) either", Hint: "unpack it and upload the CSV inside"}
	}
	return archive, nil
}

// entryMark begins every entry of an archive's directory.
var entryMark = []byte("PK\x01\x02")

// entries counts the marks of directory entries: there are no more entries than
// that. It stops beyond maxParts. archive/zip reads the whole directory into
// memory, and believes neither the number of entries nor the length that the
// archive's end tells: it reads on while marks follow.
func entries(r io.Reader) (n int, err error) {
	buf, kept := make([]byte, 64<<10), 0 // the end of what was read may be the beginning of a mark
	for n <= maxParts {
		got, err := r.Read(buf[kept:])
		all := buf[:kept+got]
		n += bytes.Count(all, entryMark)
		kept = copy(buf, all[max(len(all)-len(entryMark)+1, 0):])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// unpack writes the first sheet with a table as CSV text.
func unpack(archive *zip.Reader, l Limits) (*Sheet, error) {
	b, err := open(archive, l.UnpackedBytes)
	if err != nil {
		return nil, told(err)
	}
	sheets, err := b.withTables()
	if err != nil {
		return nil, told(err)
	}
	if len(sheets) == 0 {
		return nil, &dataset.Error{Code: "no_data_rows", Detail: "no sheet of the workbook holds a table", Hint: "upload a workbook with a header and rows"}
	}
	text, err := os.CreateTemp("", "pgcast-sheet-*")
	if err != nil {
		return nil, fmt.Errorf("write the sheet: %w", err)
	}
	sheet := &Sheet{File: text, Name: sheets[0].name}
	for _, other := range sheets[1:] {
		sheet.Others = append(sheet.Others, other.name)
	}
	if err := write(text, b, sheets[0].path, l.UnpackedBytes); err != nil {
		return nil, errors.Join(err, sheet.Close())
	}
	return sheet, nil
}

// told makes an error about the file of what went wrong in a part.
func told(err error) error {
	var known *dataset.Error
	var disk *os.PathError
	if errors.As(err, &known) {
		return known
	}
	if errors.As(err, &disk) {
		return fmt.Errorf("read the workbook: %w", err)
	}
	return damaged(err)
}

func write(text *os.File, b *book, sheet string, limit int64) error {
	out := bufio.NewWriterSize(text, 64<<10)
	if err := b.write(&bounded{w: out, limit: limit, left: limit}, sheet); err != nil {
		return told(err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the sheet: %w", err)
	}
	if _, err := text.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("write the sheet: %w", err)
	}
	return nil
}

// bounded refuses to write more than is left.
type bounded struct {
	w           io.Writer
	limit, left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, tooLarge(b.limit, " of text")
	}
	return b.w.Write(p)
}

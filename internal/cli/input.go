package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/workbook"
)

// input is a file to profile or to forecast, as CSV text.
type input struct {
	io.ReadSeeker
	done func()
	tell func(*dataset.Profile) // what the text cannot say
}

// open opens a file, or spools standard input, which cannot be read twice. Of
// a workbook it takes the text of a sheet.
func open(name string, stdin io.Reader) (*input, error) {
	file, done, err := openFile(name, stdin)
	if err != nil {
		return nil, err
	}
	var magic [4]byte
	n, _ := io.ReadFull(file, magic[:])
	if _, err := file.Seek(0, io.SeekStart); err != nil { // a pipe
		read := io.MultiReader(bytes.NewReader(magic[:n]), file)
		spooled, remove, err := spool(read)
		done()
		if err != nil {
			return nil, err
		}
		file, done = spooled, remove
	}
	if !workbook.Is(magic[:n]) {
		return &input{file, done, func(*dataset.Profile) {}}, nil
	}
	defer done()
	sheet, err := workbook.Text(file, workbook.DefaultLimits)
	if err != nil {
		return nil, err
	}
	return &input{sheet, func() { _ = sheet.Close() }, sheet.Tell}, nil
}

func openFile(name string, stdin io.Reader) (io.ReadSeeker, func(), error) {
	if name == "-" {
		return spool(stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, usageError{err.Error()}
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		_ = file.Close()
		return nil, nil, usageError{fmt.Sprintf("%s is a directory", filepath.Clean(name))}
	}
	return file, func() { _ = file.Close() }, nil
}

// spool copies what cannot be read twice.
func spool(stdin io.Reader) (io.ReadSeeker, func(), error) {
	spool, err := os.CreateTemp("", "pgcast-stdin-*")
	if err != nil {
		return nil, nil, fmt.Errorf("spool standard input: %w", err)
	}
	done := func() { _ = spool.Close(); _ = os.Remove(spool.Name()) }
	if _, err = io.Copy(spool, stdin); err == nil {
		_, err = spool.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("spool standard input: %w", err)
	}
	return spool, done, nil
}

package ingest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// hostile are files that promise little and hold much.
func hostile(t *testing.T) map[string]func(io.Writer) error {
	t.Helper()
	var member bytes.Buffer // ten million zeros in 10 kB
	w := gzip.NewWriter(&member)
	_, _ = w.Write(make([]byte, 10_000_000))
	_ = w.Close()
	zeros := make([]byte, 1<<20)
	return map[string]func(io.Writer) error{
		"10 GB of zeros": func(w io.Writer) error {
			return repeat(10_000, func() error { _, err := w.Write(zeros); return err })
		},
		"10 GB of zeros, compressed": func(w io.Writer) error {
			return repeat(1000, func() error { _, err := w.Write(member.Bytes()); return err })
		},
		"10 GB of rows, compressed": func(w io.Writer) error {
			var rows bytes.Buffer
			packed := gzip.NewWriter(&rows)
			_, _ = packed.Write(bytes.Repeat([]byte("2020-01-01,1\n"), 800_000))
			_ = packed.Close()
			return repeat(1000, func() error { _, err := w.Write(rows.Bytes()); return err })
		},
		"a workbook of nothing": func(w io.Writer) error {
			book := zip.NewWriter(w)
			for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
				part, err := book.Create(name)
				if err != nil {
					return err
				}
				if err := repeat(20, func() error { _, err := part.Write(bytes.Repeat([]byte(" "), 1<<20)); return err }); err != nil {
					return err
				}
			}
			return book.Close()
		},
		"a million columns": func(w io.Writer) error {
			for line := range 3 {
				if _, err := fmt.Fprintf(w, "%d,%s\n", line, strings.Repeat("12345,", 1_000_000)); err != nil {
					return err
				}
			}
			return nil
		},
		"a quote that is never closed": func(w io.Writer) error {
			if _, err := io.WriteString(w, "day,y\n2020-01-01,\""); err != nil {
				return err
			}
			return repeat(1000, func() error { _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); return err })
		},
	}
}

func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// uploadStream sends a form whose file is written while it is read.
func (p person) uploadStream(name string, write func(io.Writer) error) reply {
	p.t.Helper()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			err = write(part)
		}
		if err == nil {
			err = form.Close()
		}
		_ = w.CloseWithError(err)
	}()
	defer r.Close()
	return p.do(http.MethodPost, "/v1/upload", r, "Content-Type", form.FormDataContentType())
}

// refuseHostile sends them all, and expects a problem that is the file's.
func (p person) refuseHostile(t *testing.T) {
	t.Helper()
	for name, write := range hostile(t) {
		r := p.uploadStream("../../x", write)
		if r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("%s: status %d: %.200s", name, r.StatusCode, r.body)
			continue
		}
		r.wantProblem(t, r.StatusCode, r.text(t, "code"))
		t.Logf("%s: %s", name, r.text(t, "code"))
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	p.refuseHostile(t)
	p.wantNoFiles(p)
}

// The name of a file is shown, and goes nowhere else.
func TestANameThatClimbsStaysAName(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	for name, kept := range map[string]string{"../../x": "x", `..\..\x.csv`: "x.csv", "/etc/passwd": "passwd", "..": "input.csv", strings.Repeat("n", 400): strings.Repeat("n", 255)} {
		body, kind := form(field{"file", "NAME", monthly()})
		body = bytes.Replace(body, []byte("NAME"), []byte(name), 1)
		r := p.do(http.MethodPost, "/v1/upload", bytes.NewReader(body), "Content-Type", kind)
		if r.StatusCode != http.StatusCreated {
			t.Errorf("%q: status %d: %s", name, r.StatusCode, r.body)
			continue
		}
		id := r.text(t, "job_id")
		row := p.do(http.MethodGet, "/v1/jobs/"+id, nil)
		if row.text(t, "file_name") != kept || row.text(t, "input_file_path") != p.id.String()+"/"+id+"/input.csv" {
			t.Errorf("%q is kept as %q in %s", name, row.text(t, "file_name"), row.text(t, "input_file_path"))
		}
	}
}

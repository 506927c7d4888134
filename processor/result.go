package processor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/processor/render"
)

// resultFile is one of the three files of a run.
type resultFile struct {
	name        string
	contentType string
	render      func(io.Writer, *engine.Output) error
}

// resultFiles returns the files every completed run has.
func resultFiles() []resultFile {
	return []resultFile{
		{"output.json", "application/json", render.JSON},
		{"forecast.csv", "text/csv; charset=utf-8", render.CSV},
		{"forecast.png", "image/png", render.PNG},
	}
}

// result is a finished forecast with its rendered files.
type result struct {
	model   string
	metrics json.RawMessage
	files   []*storedFile
	stub    bool // made by Config.Work: there are no files
}

type storedFile struct {
	resultFile
	*scratch
}

func newResult(dir string, o *engine.Output) (*result, error) {
	metrics, err := json.Marshal(o.Summary.Metrics)
	if err != nil {
		return nil, fmt.Errorf("encode metrics: %w", err)
	}
	res := &result{model: o.Summary.Model, metrics: metrics}
	for _, f := range resultFiles() {
		s, err := newScratch(dir)
		if err != nil {
			return res, err
		}
		res.files = append(res.files, &storedFile{f, s})
	}
	return res, nil
}

func (res *result) checksums() map[string]string {
	sums := map[string]string{}
	for _, f := range res.files {
		sums[f.name] = f.checksum()
	}
	return sums
}

// close lets go of the files; a nil result has none.
func (res *result) close() {
	if res == nil {
		return
	}
	for _, f := range res.files {
		f.close()
	}
}

// scratch is a file on the local disk. It has no name where the system allows
// that, so that a process that is killed leaves nothing behind.
type scratch struct {
	file *os.File
	sum  hash.Hash
	size int64
}

func newScratch(dir string) (*scratch, error) {
	f, err := os.CreateTemp(dir, "pgcast-*")
	if err != nil {
		return nil, fmt.Errorf("make a scratch file: %w", err)
	}
	os.Remove(f.Name()) // where open files cannot be removed, close does it
	return &scratch{file: f, sum: sha256.New()}, nil
}

// fill writes what write produces, and keeps its checksum.
func (s *scratch) fill(write func(io.Writer) error) error {
	counted := &counter{w: io.MultiWriter(s.file, s.sum)}
	err := write(counted)
	s.size = counted.n
	return err
}

// reader returns a fresh reader of the whole.
func (s *scratch) reader() io.ReadSeeker { return io.NewSectionReader(s.file, 0, s.size) }

// checksum is the SHA-256 of the whole, in hex.
func (s *scratch) checksum() string { return hex.EncodeToString(s.sum.Sum(nil)) }

func (s *scratch) close() {
	s.file.Close()
	os.Remove(s.file.Name())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

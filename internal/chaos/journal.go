package chaos

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// journal reads the log of a processor while it is written.
type journal struct {
	file io.Writer

	mu        sync.Mutex
	rest      []byte // a line that is not whole yet
	id        string // of the processor
	completed []completion
	trouble   map[string]int // lines that tell of trouble, by what they say
	broken    []string       // lines that no log has: a panic
}

// completion is what a processor says after the database took its result.
type completion struct {
	JobID      string `json:"job_id"`
	ForecastID string `json:"forecast_id"`
	Fence      int64  `json:"fence"`
}

func newJournal(file io.Writer) *journal { return &journal{file: file, trouble: map[string]int{}} }

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		line, rest, whole := bytes.Cut(j.rest, []byte("\n"))
		if !whole {
			break
		}
		j.read(line)
		j.rest = rest
	}
	return j.file.Write(p)
}

func (j *journal) read(line []byte) {
	var said struct {
		completion
		Level, Msg, Processor string
	}
	if json.Unmarshal(line, &said) != nil {
		if text := string(line); strings.HasPrefix(text, "panic:") || strings.HasPrefix(text, "fatal error:") {
			j.broken = append(j.broken, text)
		}
		return
	}
	switch {
	case said.Msg == "run completed":
		j.completed = append(j.completed, said.completion)
	case said.Level != "INFO" && said.Level != "DEBUG":
		j.trouble[said.Msg]++
	}
	if said.Processor != "" {
		j.id = said.Processor
	}
}

// processor is the id under which this life is known, "" before it said it.
func (j *journal) processor() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.id
}

// sum adds what this life said to what others did.
func (j *journal) sum(completed *[]completion, trouble map[string]int, broken func(text string)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	*completed = append(*completed, j.completed...)
	for what, n := range j.trouble {
		trouble[what] += n
	}
	for _, text := range j.broken {
		broken(text)
	}
}

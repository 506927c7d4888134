package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
)

// One trace goes from the request that uploads to the last event: through the
// answers, the row, the run, the audit trail, the frames of the notifier and the
// logs of door and processor.
func TestATraceGoesFromTheUploadToTheLastEvent(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	d := startUp(t, dataDir(t))
	user := d.world().join(t)
	frames := user.listen(t)

	id := user.uploadTraced(t, trace)
	statuses := map[string]bool{}
	for frame := range frames {
		if frame.Job.ID != id {
			continue
		}
		if frame.Job.TraceID != trace {
			t.Errorf("a frame of status %s has trace %q", frame.Job.Status, frame.Job.TraceID)
		}
		statuses[string(frame.Job.Status)] = true
		if frame.Job.Status.Terminal() {
			break
		}
	}
	if !statuses["pending"] || !statuses["processing"] || !statuses["completed"] {
		t.Errorf("the frames told of %v", statuses)
	}
	var trail struct{ Data []job.Event }
	user.json(t, http.MethodGet, "/v1/jobs/"+id.String()+"/events", nil, &trail)
	for _, e := range trail.Data {
		if e.TraceID != trace {
			t.Errorf("the event of %s has trace %q", e.Status, e.TraceID)
		}
	}
	if last := trail.Data[len(trail.Data)-1]; last.Status != job.Completed {
		t.Errorf("the last event is of %s", last.Status)
	}
	if run := d.psql(t, fmt.Sprintf(`select replace(trace_id::text, '-', '') from job_runs where job_id = '%s'`, id)); run != trace {
		t.Errorf("the run has trace %q", run)
	}
	eventually(t, "door and processor log the trace", func() bool {
		said := strings.Split(d.log.String(), "\n")
		return logged(said, trace, "/v1/upload") && logged(said, trace, id.String())
	})

	// psql asks without a trace: nothing is left of the old one.
	d.psql(t, fmt.Sprintf(`update jobs set status = 'pending' where id = '%s'`, id))
	var j job.Job
	if user.json(t, http.MethodGet, "/v1/jobs/"+id.String(), nil, &j); j.TraceID != "" {
		t.Errorf("asked for by SQL, the run has trace %q", j.TraceID)
	}
}

func logged(lines []string, words ...string) bool {
	for _, line := range lines {
		missing := false
		for _, word := range words {
			missing = missing || !strings.Contains(line, word)
		}
		if !missing {
			return true
		}
	}
	return false
}

// uploadTraced uploads the sample and asks for its forecast, as part of a trace.
func (m *member) uploadTraced(t *testing.T, trace string) job.ID {
	t.Helper()
	text, err := os.ReadFile(sample())
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("forecast", `{"model": "naive"}`)
	part, _ := form.CreateFormFile("file", "a.csv")
	_, _ = part.Write(text)
	_ = form.Close()
	res, answer := m.call(t, http.MethodPost, "/v1/upload", &body, "Content-Type", form.FormDataContentType(), "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	if !strings.HasPrefix(res.Header.Get("Traceparent"), "00-"+trace+"-") || res.Header.Get("X-Request-Id") != trace {
		t.Errorf("the upload is answered with trace %q, request %q", res.Header.Get("Traceparent"), res.Header.Get("X-Request-Id"))
	}
	var made struct {
		JobID job.ID `json:"job_id"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", res.Status, answer)
	}
	return made.JobID
}

// told is a frame of the notifier that tells of a job.
type told struct{ Job job.Job }

// listen opens a stream of the member's jobs, and returns once it has begun.
func (m *member) listen(t *testing.T) <-chan told {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.url()+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+m.token)
	r.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	frames, begun := make(chan told, 1000), make(chan struct{})
	go func() {
		defer close(frames)
		event := ""
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				if event = name; event == "snapshot" {
					close(begun)
				}
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var frame told
			if ok && event == "job" && json.Unmarshal([]byte(data), &frame) == nil {
				frames <- frame
			}
		}
	}()
	<-begun
	return frames
}

package processor_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

const csv = "month,y\n2025-01,1\n2025-02,2\n"

func TestAJobIsRunAndItsFilesPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(func(_ context.Context, s job.Spec, file io.ReadSeeker, _ func(float64, string)) (*engine.Output, error) {
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		if string(text) != csv || s.Horizon.Steps != 3 {
			t.Errorf("the engine was given %q and horizon %d", text, s.Horizon.Steps)
		}
		return flat("naive"), nil
	})
	id := b.submit(csv, `{"horizon": 3}`)
	done := b.await(id, job.Completed)
	r := b.result(id)
	b.whole(r)
	if done.ModelUsed != "naive" || done.Progress.Fraction != 1 || done.Attempts != 1 || len(done.Metrics) == 0 {
		t.Errorf("the row says model %q, progress %v, attempts %d, metrics %s", done.ModelUsed, done.Progress.Fraction, done.Attempts, done.Metrics)
	}
	if want := storage.Folder(b.user, id).String() + "/output.json"; done.OutputPath != want {
		t.Errorf("output_file_path is %q, want %q", done.OutputPath, want)
	}
	var output struct {
		JobID      string `json:"job_id"`
		ForecastID string `json:"forecast_id"`
	}
	o, err := b.bucket.Download(t.Context(), mustRunFile(t, r, "output.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	if err := json.NewDecoder(o.Body).Decode(&output); err != nil {
		t.Fatal(err)
	}
	if output.JobID != id.String() || output.ForecastID != done.ForecastID {
		t.Errorf("output.json names job %q and run %q", output.JobID, output.ForecastID)
	}
}

func mustRunFile(t *testing.T, r job.Run, name string) storage.Key {
	t.Helper()
	key, err := storage.RunFile(r.UserID, r.JobID, r.ID, r.Fence, name)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestBadInputFailsAtOnce: what another attempt cannot cure has none.
func TestBadInputFailsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(func(_ context.Context, _ job.Spec, file io.ReadSeeker, _ func(float64, string)) (*engine.Output, error) {
		text, _ := io.ReadAll(file)
		switch {
		case strings.HasPrefix(string(text), "no numbers"):
			return nil, &dataset.Error{Code: "no_numeric_target", Detail: "no column holds numbers \x00", Hint: "add one"}
		case strings.HasPrefix(string(text), "panic"):
			panic("index out of range")
		}
		return nil, context.DeadlineExceeded
	})
	for _, c := range []struct{ csv, params, code, message string }{
		{"no numbers", `{}`, "no_numeric_target", "no column holds numbers \uFFFD; add one"},
		{csv, `{"horizon": -1}`, "horizon_invalid", "horizon"},
		{"panic", `{}`, "model_failed", "another model"},
		{"other", `{}`, "model_failed", "another model"},
	} {
		failed := b.await(b.submit(c.csv, c.params), job.Failed)
		if failed.ErrorCode != c.code || !strings.Contains(failed.ErrorMessage, c.message) || failed.Attempts != 1 {
			t.Errorf("%q with %s failed with %s %q after %d attempts, want %s and %q after 1", c.csv, c.params,
				failed.ErrorCode, failed.ErrorMessage, failed.Attempts, c.code, c.message)
		}
	}
	gone := b.submit(csv, "")
	if err := b.bucket.Delete(t.Context(), storage.Input(b.user, gone)); err != nil {
		t.Fatal(err)
	}
	b.Exec(t, `update jobs set status = 'pending' where id = $1`, gone.String())
	if failed := b.await(gone, job.Failed); failed.ErrorCode != "input_missing" {
		t.Errorf("a job without a file failed with %s", failed.ErrorCode)
	}
}

// TestStorageTroubleIsTriedAgain: the bucket refuses results for a while.
func TestStorageTroubleIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.submit(csv, `{}`)
	b.down.Store(true)
	b.start(instant)
	dbtest.Eventually(t, "the first attempt to end", func() bool { return b.get(id).ErrorCode == "storage_unavailable" })
	if waiting := b.get(id); waiting.Status != job.Pending || waiting.Attempts != 1 {
		t.Errorf("after storage trouble the job is %s with %d attempts, want pending with 1", waiting.Status, waiting.Attempts)
	}
	b.down.Store(false)
	b.Exec(t, `update jobs set run_at = now() where id = $1`, id.String()) // not to wait for the backoff
	if done := b.await(id, job.Completed); done.Attempts != 2 {
		t.Errorf("completed with %d attempts, want 2", done.Attempts)
	}
	b.whole(b.result(id))
}

// TestARefusalOfTheStorageFailsAtOnce: it would be the same next time.
func TestARefusalOfTheStorageFailsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.submit(csv, `{}`)
	b.closed.Store(true)
	b.start(instant)
	if failed := b.await(id, job.Failed); failed.ErrorCode != "storage_denied" || failed.Attempts != 1 {
		t.Errorf("failed with %s after %d attempts, want storage_denied after 1", failed.ErrorCode, failed.Attempts)
	}
}

// TestCancelStopsARunningJob: from psql, with the wake-up and without.
func TestCancelStopsARunningJob(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"with a wake-up":     `update jobs set status = 'canceled' where id = $1`,
		"without one":        `set session_replication_role = replica; update jobs set status = 'canceled' where id = '%s'`,
		"the row is removed": `delete from jobs where id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			e := newPatient()
			b.start(e.run)
			id := b.submit(csv, `{}`)
			receive(t, "the run to start", e.started)
			begin := time.Now()
			if strings.Contains(sql, "%s") { // without triggers nothing is sent
				conn := b.Connect(t)
				if _, err := conn.Exec(t.Context(), strings.ReplaceAll(sql, "%s", id.String())); err != nil {
					t.Fatal(err)
				}
			} else {
				b.Exec(t, sql, id.String())
			}
			receive(t, "the run to stop", e.stopped)
			t.Logf("stopped after %v", time.Since(begin))
		})
	}
}

// TestAResetFencesTheOldRun: an operator runs a running job again; the old run
// does not listen, ends late, and changes nothing.
func TestAResetFencesTheOldRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, thaw, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	calls := make(chan int, 2)
	calls <- 1
	calls <- 2
	stop := b.start(func(context.Context, job.Spec, io.ReadSeeker, func(float64, string)) (*engine.Output, error) {
		if <-calls == 2 {
			return flat("second"), nil
		}
		close(started)
		<-thaw
		close(ended)
		return flat("first"), nil
	}, func(c *processor.Config) { c.Grace = time.Minute })
	id := b.submit(csv, `{}`)
	receive(t, "the first run to start", started)
	first := b.get(id)
	b.Exec(t, `update jobs set status = 'pending' where id = $1`, id.String())
	done := b.await(id, job.Completed)
	close(thaw)
	receive(t, "the first run to end", ended)
	stop()
	if late := b.get(id); late.Version != done.Version || late.ModelUsed != "second" {
		t.Errorf("the late run changed the row: version %d to %d, model %q", done.Version, late.Version, late.ModelUsed)
	}
	if first.ForecastID == done.ForecastID {
		t.Error("the second run has the id of the first")
	}
	r := b.result(id)
	b.whole(r)
	old, err := job.ParseRunID(first.ForecastID)
	if err != nil {
		t.Fatal(err)
	}
	if left := b.fences(job.Run{UserID: b.user, JobID: id, ID: old}); len(left) != 0 {
		t.Errorf("the late run left files of attempts %v", left)
	}
}

// TestStopHandsBack: what cannot finish starts elsewhere and is not counted.
func TestStopHandsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := newPatient()
	stop := b.start(e.run, func(c *processor.Config) { c.Grace = -1 })
	id := b.submit(csv, `{}`)
	receive(t, "the run to start", e.started)
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("the stop took %v", took)
	}
	if back := b.get(id); back.Status != job.Pending || back.Attempts != 0 {
		t.Errorf("handed back as %s with %d attempts, want pending with 0", back.Status, back.Attempts)
	}
	b.start(instant)
	b.await(id, job.Completed)
}

func TestStopLetsRunningJobsFinish(t *testing.T) {
	t.Parallel()
	b := setup(t)
	started, finish := make(chan struct{}), make(chan struct{})
	stop := b.start(func(context.Context, job.Spec, io.ReadSeeker, func(float64, string)) (*engine.Output, error) {
		close(started)
		<-finish
		return flat("slow"), nil
	}, func(c *processor.Config) { c.Grace = 20 * time.Second })
	id := b.submit(csv, `{}`)
	receive(t, "the run to start", started)
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(finish)
	receive(t, "the processor to stop", stopped)
	if done := b.get(id); done.Status != job.Completed {
		t.Errorf("the job is %s, want completed within the grace", done.Status)
	}
}

package processor_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor/render"
)

// whole is the engine that the mains give the processor.
func whole(ctx context.Context, s job.Spec, file io.ReadSeeker, progress func(float64, string)) (*engine.Output, error) {
	return engine.Run(ctx, s, file, engine.Options{Limits: dataset.DefaultLimits, Progress: progress})
}

// TestAJobGivesTheNumbersOfTheEngine runs a real forecast of two years of
// months and compares its table with one made without a database.
func TestAJobGivesTheNumbersOfTheEngine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(whole)
	var file strings.Builder
	file.WriteString("month,sales\n")
	for i := range 48 {
		fmt.Fprintf(&file, "%d-%02d-01,%d\n", 2020+i/12, i%12+1, 100+i+10*(i%12))
	}
	id := b.submit(file.String(), `{"horizon": 12}`)
	b.await(id, job.Completed)
	b.whole(b.result(id))

	output, err := whole(t.Context(), job.Spec{Horizon: job.Horizon{Steps: 12}}, strings.NewReader(file.String()), func(float64, string) {})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := render.CSV(&want, output); err != nil {
		t.Fatal(err)
	}
	o, err := b.bucket.Download(t.Context(), mustRunFile(t, b.result(id), "forecast.csv"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	got, err := io.ReadAll(o.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("the job's table is\n%s\nwant\n%s", got, want.Bytes())
	}
}

func TestAFileThatIsNoTableFailsWithItsReason(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(whole)
	failed := b.await(b.submit("a,b\nx,y\nz,w\n", `{}`), job.Failed)
	if failed.ErrorCode == "" || failed.ErrorCode == "internal" || failed.ErrorCode == "model_failed" || failed.Attempts != 1 {
		t.Errorf("failed with %q (%s) after %d attempts, want the reason at once", failed.ErrorCode, failed.ErrorMessage, failed.Attempts)
	}
}

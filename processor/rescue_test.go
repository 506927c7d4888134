package processor_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

// TestAKilledProcessorIsRescued: the lock of its connection goes with the
// process, and its job runs elsewhere long before the heartbeat is missed.
func TestAKilledProcessorIsRescued(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const key = 7001
	dying := b.Connect(t)
	if _, err := dying.Exec(t.Context(), `select pg_advisory_lock($1)`, int64(key)); err != nil {
		t.Fatal(err)
	}
	if err := b.Heartbeat(t.Context(), job.Processor{ID: "dying", Slots: 1, LockKey: key}); err != nil {
		t.Fatal(err)
	}
	id := b.submit(csv, `{}`)
	claims, err := b.Claim(t.Context(), "dying", 1, 0)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claimed %d jobs: %v", len(claims), err)
	}
	started := make(chan struct{}, 1)
	b.start(func(context.Context, job.Spec, io.ReadSeeker, func(float64, string)) (*engine.Output, error) {
		started <- struct{}{}
		return flat("rescued"), nil
	})
	begin := time.Now()
	if err := dying.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	receive(t, "the job to run again", started)
	t.Logf("running again after %v", time.Since(begin))
	if done := b.await(id, job.Completed); done.Attempts != 2 {
		t.Errorf("completed with %d attempts, want 2: the lost one counts", done.Attempts)
	}
	if err := b.Complete(t.Context(), []job.Completion{{Claim: claims[0]}}, func(context.Context, job.Claim) error { return nil })[0]; err == nil {
		t.Error("the dead processor could complete")
	}
}

// TestAnAuditMendsWhatALateWriteLeft puts a foreign file at a canonical path
// and the folder of a lost attempt beside the result.
func TestAnAuditMendsWhatALateWriteLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tune = func(p *processor.Processor) { p.Hasten(50 * time.Millisecond) }
	b.start(instant)
	id := b.submit(csv, `{}`)
	b.await(id, job.Completed)
	r := b.result(id)
	lost := r
	lost.Fence += 1000
	foreign := storage.UploadOptions{ContentType: "text/csv", Upsert: true}
	canonical, err := storage.Canonical(b.user, id, "forecast.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []storage.Key{canonical, mustRunFile(t, lost, "forecast.csv")} {
		if err := b.bucket.Upload(t.Context(), key, strings.NewReader("late"), foreign); err != nil {
			t.Fatal(err)
		}
	}
	image, err := storage.Canonical(b.user, id, "forecast.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.bucket.Delete(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	if err := b.Doubt(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.Exec(t, `update pgcast.doubts set due_at = now()`)
	dbtest.Eventually(t, "the canonical file to be mended", func() bool { return b.sum(canonical) == r.Checksums["forecast.csv"] })
	dbtest.Eventually(t, "the image to be there again", func() bool { return b.sum(image) == r.Checksums["forecast.png"] })
	dbtest.Eventually(t, "the lost attempt to be swept", func() bool { return len(b.fences(r)) == 1 })
	b.whole(r)
}

// TestNothingIsPublishedOfAJobThatNeverCompleted: what a lost claim copied is
// removed; a result that is older than the record of runs stays.
func TestNothingIsPublishedOfAJobThatNeverCompleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tune = func(p *processor.Processor) { p.Hasten(50 * time.Millisecond) }
	b.start(instant)
	id, old := b.submit(csv, ""), b.submit(csv, "")
	b.Exec(t, `update jobs set output_file_path = 'older' where id = $1`, old.String())
	key := func(id job.ID) storage.Key {
		k, err := storage.Canonical(b.user, id, "forecast.csv")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.bucket.Upload(t.Context(), k, strings.NewReader("late"), storage.UploadOptions{Upsert: true}); err != nil {
			t.Fatal(err)
		}
		return k
	}
	late, stays := key(id), key(old)
	for _, id := range []job.ID{old, id} {
		if err := b.Doubt(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		b.Exec(t, `update pgcast.doubts set due_at = now() where job_id = $1`, id.String())
		dbtest.Eventually(t, "the look at the files", func() bool {
			var again bool
			err := b.Pool().QueryRow(t.Context(), `select due_at > now() + interval '10 seconds' from pgcast.doubts where job_id = $1`, id.String()).Scan(&again)
			return err == nil && again
		})
	}
	dbtest.Eventually(t, "the late copy to go", func() bool {
		_, err := b.bucket.Stat(t.Context(), late)
		return errors.Is(err, storage.ErrNotFound)
	})
	if _, err := b.bucket.Stat(t.Context(), stays); err != nil {
		t.Errorf("the older result: %v", err)
	}
}

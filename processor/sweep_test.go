package processor_test

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

// objects is how much lies in a folder itself.
func (b *bundle) objects(folder storage.Key) int {
	b.t.Helper()
	entries, err := b.bucket.List(b.t.Context(), folder)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(entries)
}

// left is how many folders are still to be removed, and how many were tried.
func (b *bundle) left() (all, tried int) {
	b.t.Helper()
	err := b.Pool().QueryRow(b.t.Context(),
		`select count(*), count(*) filter (where due_at > now() + interval '2 minutes') from pgcast.leftovers`).Scan(&all, &tried)
	if err != nil {
		b.t.Fatal(err)
	}
	return all, tried
}

// TestADeletedJobLeavesNoFiles: it is deleted in psql, and the bucket is away
// when its files are to be removed for the first time.
func TestADeletedJobLeavesNoFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tune = func(p *processor.Processor) { p.Hasten(50 * time.Millisecond) }
	b.start(instant)
	id, kept := b.submit(csv, `{}`), b.submit(csv, `{}`)
	b.await(id, job.Completed)
	b.await(kept, job.Completed)
	b.down.Store(true)
	b.Exec(t, `delete from jobs where id = $1`, id.String())
	b.Exec(t, `update pgcast.leftovers set due_at = now()`)
	dbtest.Eventually(t, "the first removal", func() bool { _, tried := b.left(); return tried == 1 })
	b.down.Store(false)
	if n := b.objects(storage.Folder(b.user, id)); n == 0 {
		t.Fatal("the files went while the bucket was away")
	}
	b.Exec(t, `update pgcast.leftovers set due_at = now()`)
	dbtest.Eventually(t, "the removal to be recorded", func() bool { all, _ := b.left(); return all == 0 })
	if n := b.objects(storage.Folder(b.user, id)); n != 0 {
		t.Errorf("the deleted job has %d entries left", n)
	}
	b.whole(b.result(kept))
}

// TestAnExpiredRunLosesItsFolder: also when the one that marked it died before
// it could remove anything.
func TestAnExpiredRunLosesItsFolder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(instant)
	id := b.submit(csv, `{}`)
	b.await(id, job.Completed)
	old := b.result(id)
	b.Exec(t, `update jobs set status = 'pending' where id = $1`, id.String())
	b.await(id, job.Completed)
	if n, err := b.Expire(t.Context(), 1); err != nil || n != 1 {
		t.Fatalf("expired %d runs, %v", n, err)
	}
	if due, err := b.Sweep(t.Context()); err != nil || len(due) != 1 { // and it dies
		t.Fatalf("left over: %v, %v", due, err)
	}
	b.Exec(t, `update pgcast.leftovers set due_at = now()`)
	b.tune = func(p *processor.Processor) { p.Hasten(50 * time.Millisecond) }
	b.start(instant)
	dbtest.Eventually(t, "the folder to be swept", func() bool { all, _ := b.left(); return all == 0 })
	if left := b.fences(old); len(left) != 0 {
		t.Errorf("the expired run has attempts %v left", left)
	}
	b.whole(b.result(id))
}

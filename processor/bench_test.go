package processor_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// BenchmarkJobs measures whole jobs whose forecast takes no time: claim,
// download, three rendered files, three uploads, three copies, completion.
//
//	go test ./processor -run '^$' -bench Jobs -benchtime 200x
func BenchmarkJobs(b *testing.B) {
	for _, slots := range []int{1, 4, 10} {
		b.Run(fmt.Sprintf("slots=%d", slots), func(b *testing.B) {
			s := setup(b)
			for range b.N {
				s.submit(csv, "")
			}
			s.start(instant, func(c *processor.Config) { c.Slots = slots })
			b.ResetTimer()
			s.Exec(b, `update jobs set status = 'pending'`)
			awaitAll(s, b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

// BenchmarkQueue measures the queue alone: nothing is read, forecast, drawn or
// stored between claim and completion of the jobs that wait for a processor.
//
//	go test ./processor -run '^$' -bench Queue -benchtime 8000x
func BenchmarkQueue(b *testing.B) {
	for _, slots := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("slots=%d", slots), func(b *testing.B) {
			s := setup(b)
			s.Exec(b, `insert into jobs (user_id, file_name) select $1::uuid, 'f.csv' from generate_series(1, $2::int)`, s.user.String(), b.N)
			s.Exec(b, `update jobs set status = 'pending'`)
			b.ResetTimer()
			s.start(nil, func(c *processor.Config) { c.Slots, c.Files, c.Work = slots, nil, nothing })
			awaitAll(s, b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

func nothing(context.Context, job.Claim) error { return nil }

// awaitAll waits until n jobs are completed. It does not count them before the
// end: the count would be a good part of what is measured.
func awaitAll(s *bundle, n int) {
	ask := func(sql string) (answer int) {
		s.noError(s.Pool().QueryRow(context.Background(), sql).Scan(&answer))
		return answer
	}
	dbtest.Eventually(s.t, "all jobs to be completed", func() bool {
		return ask(`select (exists (select from jobs where status = 'pending' and due) or exists (select from jobs where status = 'processing'))::int`) == 0 &&
			ask(`select count(*) from jobs where status = 'completed'`) == n
	})
}

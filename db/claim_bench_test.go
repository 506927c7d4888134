package db_test

import (
	"fmt"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// BenchmarkClaimComplete is the life of a job in the database after it was
// asked for: claim and completion with run and events, by so many at a time.
// BenchmarkFloor is the same by hand.
func BenchmarkClaimComplete(b *testing.B) {
	for _, batch := range []int{1, 10, 100} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			d, ctx := dbtest.New(b), b.Context()
			d.Exec(b, fmt.Sprintf(`insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, %d)`, b.N))
			b.ResetTimer()
			var mark int64
			for done := 0; done < b.N; {
				claims, err := d.Claim(ctx, "p", batch, mark)
				if err != nil || len(claims) == 0 {
					b.Fatal(len(claims), err)
				}
				cs := make([]job.Completion, len(claims))
				for i, c := range claims {
					cs[i] = job.Completion{Claim: c, Outcome: outcome(c)}
				}
				for _, err := range d.Complete(ctx, cs, publishNothing) {
					if err != nil {
						b.Fatal(err)
					}
				}
				done, mark = done+len(claims), claims[0].Turn
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

// BenchmarkFloor claims and completes rows of the same kind with the least that
// is durable and fenced, and writes the same events.
func BenchmarkFloor(b *testing.B) {
	for _, batch := range []int{1, 10, 100} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			d, ctx := dbtest.New(b), b.Context()
			d.Exec(b, `
				create table floor (like jobs including all);
				create table floor_events (like job_events including all);
				create sequence floor_fences;
				create index on floor (run_at, id) where status = 'pending'`)
			d.Exec(b, fmt.Sprintf(`insert into floor (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, %d)`, b.N))
			const event = `insert into floor_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor)
				select id, user_id, forecast_id, %s, %s, version, attempts, session_user, 'floor', claimed_by from changed returning job_id::text, version`
			b.ResetTimer()
			for done := 0; done < b.N; {
				rows, err := d.Pool().Query(ctx, `
					with picked as (
						select id from floor where status = 'pending' order by run_at, id limit $1 for update skip locked
					), changed as (
						update floor j set status = 'processing', attempts = attempts + 1, fence = nextval('floor_fences'), claimed_by = 'p',
							started_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
						from picked where j.id = picked.id returning j.*
					) `+fmt.Sprintf(event, "'pending'", "'processing'"), batch)
				if err != nil {
					b.Fatal(err)
				}
				var ids []string
				for rows.Next() {
					var id string
					var fence int64
					if err := rows.Scan(&id, &fence); err != nil {
						b.Fatal(err)
					}
					ids = append(ids, id)
				}
				if rows.Err() != nil || len(ids) == 0 {
					b.Fatal(len(ids), rows.Err())
				}
				if _, err := d.Pool().Exec(ctx, `
					with changed as (
						update floor j set status = 'completed', progress = 1, model_used = 'theta', finished_at = clock_timestamp(),
							version = version + 1, updated_at = clock_timestamp()
						where id = any ($1::text[]::uuid[]) and status = 'processing' returning j.*
					) `+fmt.Sprintf(event, "'processing'", "'completed'"), ids); err != nil {
					b.Fatal(err)
				}
				done += len(ids)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

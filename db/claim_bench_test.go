package db_test

import (
	"fmt"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// BenchmarkClaimComplete is the life of a job in the database after it was
// asked for: claim and completion with run and events, single or by tens.
func BenchmarkClaimComplete(b *testing.B) {
	for _, batch := range []int{1, 10} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			d, ctx := dbtest.New(b), b.Context()
			d.Exec(b, fmt.Sprintf(`insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, %d)`, b.N))
			b.ResetTimer()
			for done := 0; done < b.N; {
				claims, err := d.Claim(ctx, "p", batch, 0)
				if err != nil || len(claims) == 0 {
					b.Fatal(len(claims), err)
				}
				for _, c := range claims {
					if err := completeOne(ctx, d, c); err != nil {
						b.Fatal(err)
					}
				}
				done += len(claims)
			}
		})
	}
}

package db_test

import (
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// BenchmarkAskBulk is one UPDATE of b.N rows: bare, with reset and wake-up, and
// with runs and events as well.
//
//	go test ./db -run '^$' -bench AskBulk -benchtime 100000x
func BenchmarkAskBulk(b *testing.B) {
	const quiet = `alter table jobs disable trigger after_update`
	for _, way := range []struct{ name, before string }{
		{"bare", `alter table jobs disable trigger user`}, {"reset", quiet}, {"whole", `select`},
	} {
		b.Run(way.name, func(b *testing.B) {
			d := dbtest.New(b)
			d.Exec(b, `insert into jobs (user_id, status, params, preview) select $1::uuid, 'failed', '{"horizon": 3}', repeat('x', 200) from generate_series(1, $2::int)`,
				newUser().String(), b.N)
			d.Exec(b, way.before)
			d.Exec(b, `vacuum analyze jobs`)
			b.ResetTimer()
			d.Exec(b, rerun)
		})
	}
}

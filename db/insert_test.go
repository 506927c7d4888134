package db_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/db/dbtest"
)

// The first row that a transaction writes is placed without a memory of others,
// the next ones with it.
func TestNewRowsOfOneUserQueueHoweverTheyCome(t *testing.T) {
	t.Parallel()
	const ask, row = `insert into jobs (user_id, params) values `, `('00000000-0000-0000-0000-000000000001', '{}')`
	for name, statements := range map[string]string{
		"one statement":      ask + row + `, ` + row + `, ` + row,
		"one transaction":    `begin; ` + ask + row + `, ` + row + `; ` + ask + row + `; commit`,
		"two transactions":   `begin; ` + ask + row + `; commit; begin; ` + ask + row + `, ` + row + `; commit`,
		"after another row":  `begin; insert into jobs (user_id) values (gen_random_uuid()); ` + ask + row + `, ` + row + `, ` + row + `; commit`,
		"and after an older": ask + row + `; update jobs set params = '{"horizon": 3}'; begin; ` + ask + row + `, ` + row + `; commit`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			d.Exec(t, statements)
			var steps []int64
			var runs int
			err := d.Pool().QueryRow(t.Context(), `
				select array_agg(j.turn >> 20 order by j.turn), count(distinct r.forecast_id)
				from jobs j join job_runs r on r.forecast_id::text = j.forecast_id and r.job_id = j.id
				where j.due and j.lane = 1`).Scan(&steps, &runs)
			if err != nil || len(steps) != 3 || steps[1] != steps[0]+1 || steps[2] != steps[1]+1 || runs != 3 {
				t.Errorf("steps %v, %d runs, %v; want one step behind the other", steps, runs, err)
			}
		})
	}
}

func TestNewRowsAreRefusedAsChangedOnesAre(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, row := range [][2]string{
		{"max_attempts", "1001"}, {"max_attempts", "null"}, {"priority", "null"}, {"priority", "2147483647"}, {"progress", "2"},
		{"run_at", "'infinity'"}, {"run_at", "null"}, {"created_at", "'infinity'"}, {"updated_at", "null"}, {"started_at", "'-infinity'"},
		{"params", "'null'"}, {"params", "'[]'"}, {"status", "'queued'"}, {"status", "'processing'"},
	} {
		_, err := d.Pool().Exec(t.Context(), `insert into jobs (user_id, `+row[0]+`) values (gen_random_uuid(), `+row[1]+`)`)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Hint == "" || refused.Code != "23514" {
			t.Errorf("%s %s: %v, want a refusal with a hint", row[0], row[1], err)
		}
	}
}

// What only the verbs write begins as nothing, whatever a new row says.
func TestNewRowsCannotForgeWhatVerbsWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `
		insert into jobs (user_id, params, forecast_id, version, fence, claimed_by, turn, due, crashes, attempts, progress, stage, started_at, error_code)
		values (gen_random_uuid(), '{}', 'x', 9, 9, 'me', 9, false, 2, 9, 0.5, 'fit', now(), 'internal')`)
	var sound []bool
	err := d.Pool().QueryRow(t.Context(), `
		select array[forecast_id <> 'x', version = 1, num_nonnulls(fence, claimed_by, started_at, error_code) = 0, turn > 9, due, crashes = 0,
			attempts = 0, progress = 0, stage = ''] from jobs`).Scan(&sound)
	if err != nil || slices.Contains(sound, false) {
		t.Errorf("%v, %v", sound, err)
	}
	if c := claimOne(t, d, "p"); c.Attempt != 1 {
		t.Errorf("claim %+v", c)
	}
}

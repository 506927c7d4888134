package db_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

var sqlBlocks = regexp.MustCompile("(?s)```sql\n(.*?)```")

// Every statement of the cookbook does what it is there for: on a database in
// which something of everything has happened, each finds or changes a row.
func TestTheCookbookWorksAsItStands(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/cookbook.md")
	if err != nil {
		t.Fatal(err)
	}
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	var running job.Job
	for _, state := range []string{"upload", "completed", "failed", "pending", "processing"} {
		running, _ = jobIn(t, d, user, state)
	}
	id := d.Job(t, user, hooked).ID
	d.Exec(t, `update jobs set priority = 1 where id = $1::uuid`, id.String()) // claimed first
	if err := completeOne(ctx, d, claimOne(t, d, "first")); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update jobs set priority = 0 where id = $1::uuid`, id.String())
	done, _ := jobIn(t, d, newUser(), "canceled")
	d.Exec(t, `
		set session_replication_role = replica;
		update jobs set error_code = 'storage_unavailable' where status = 'failed';
		update jobs set trace_id = gen_random_uuid() where id = '`+id.String()+`';
		update job_events set trace_id = j.trace_id from jobs j where j.id = job_id;
		update jobs set updated_at = now() - interval '2 years' where id = '`+done.ID.String()+`';
		insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload, status) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'https://old.example.com/x', '', 'pending');
		insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload, status) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', '', 'failed');
		reset session_replication_role`)
	mayBeEmpty := []string{"pg_stat_activity where xact_start <", "pg_replication_slots"}
	ids := strings.NewReplacer("<job>", id.String(), "<running job>", running.ID.String(), "<user>", user.String())
	statements := 0
	for _, block := range sqlBlocks.FindAllStringSubmatch(string(page), -1) {
		for _, sql := range strings.SplitAfter(block[1], ";\n") {
			if strings.TrimSpace(sql) == "" {
				continue
			}
			statements++
			tx, err := d.Pool().Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			tag, err := tx.Exec(ctx, ids.Replace(sql))
			if err != nil {
				t.Errorf("%s: %v", sql, err)
			} else if tag.RowsAffected() == 0 && !strings.Contains(sql, mayBeEmpty[0]) && !strings.Contains(sql, mayBeEmpty[1]) {
				t.Errorf("found and changed nothing: %s", sql)
			}
			if err := tx.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	if statements < 25 {
		t.Errorf("the page has %d statements only", statements)
	}
}

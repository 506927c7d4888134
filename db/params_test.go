package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// TestParamsThatAreNoObjectAreRefusedInWords: what the constraint says holds
// the whole row, and no advice.
func TestParamsThatAreNoObjectAreRefusedInWords(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	id := d.Job(t, newUser(), "").ID
	psql := listenIn(t, d)
	for params, kind := range map[string]string{`[1]`: "array", `"naive"`: "string", `24`: "number", `null`: "null"} {
		for _, sql := range []string{
			`insert into jobs (user_id, params) values (gen_random_uuid(), '%s')`,
			`update jobs set params = '%s'`,
			`update jobs set params = '%s', status = 'pending'`,
			`update jobs set params = '%s', status = 'canceled'`,
		} {
			said := psql.run(fmt.Sprintf(sql, params))
			if said.err == nil || !strings.Contains(said.err.Error(), "are a JSON "+kind) || !strings.Contains(said.hint, "{") {
				t.Errorf(sql+": %v, hint %q", params, said.err, said.hint)
			}
		}
	}
	if left := row(t, d, id); left.Version != 1 {
		t.Errorf("the row was changed: %+v", left)
	}
}

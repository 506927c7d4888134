package db

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgcast/pgcast/internal/job"
)

// wideColumns of `jobs` hold what is known of a file. No verb changes them
// once they are written.
var wideColumns = []string{"columns", "time_candidates", "preview", "profile"}

// Columns lists the columns of `jobs` in the order of the table.
func (db *DB) Columns(ctx context.Context) ([]job.Column, error) {
	return query(ctx, db, "read the columns of jobs", pgx.RowToStructByPos[job.Column], `
		select attname::text, atttypid
		from pg_catalog.pg_attribute
		where attrelid = 'public.jobs'::regclass and attnum > 0 and not attisdropped
		order by attnum`)
}

// Running lists the jobs that are being processed.
func (db *DB) Running(ctx context.Context) ([]job.Running, error) {
	return query(ctx, db, "list running jobs", pgx.RowToStructByPos[job.Running],
		`select id, version from public.jobs where status = 'processing'`)
}

// Texts reads rows by id as the replication stream would print them, whoever
// owns them. Those that are gone are left out. Wide values that lie out of line
// are read only of the ids that are whole; each row names them.
func (db *DB) Texts(ctx context.Context, columns []job.Column, ids, whole []job.ID) (rows []job.Texts, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true)`)
	batch.Queue(textsOf(columns), idArgs(ids), idArgs(append([]job.ID{}, whole...))).Query(func(r pgx.Rows) error {
		for r.Next() {
			row := job.Texts{Values: make([]*string, len(columns))}
			to := make([]any, 0, len(columns)+1)
			for i := range row.Values {
				to = append(to, &row.Values[i])
			}
			if err := r.Scan(append(to, &row.OutOfLine)...); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return r.Err()
	})
	err = db.pool.SendBatch(ctx, batch).Close()
	return rows, wrap("read rows as text", err)
}

// textsOf is the statement of Texts. No function before Postgres 17 tells
// whether a value lies out of line; by the rule that moves them out
// (before_6_move_out, or the page's own), those of more than 24 bytes do when
// all together are 250 or more.
func textsOf(columns []job.Column) string {
	var list, out strings.Builder
	for _, c := range columns {
		name := `j.` + pgx.Identifier{c.Name}.Sanitize()
		text := name + `::text`
		if c.Type == pgtype.BoolOID {
			text = `left(` + text + `, 1)` // the output function says t, the cast true
		}
		if slices.Contains(wideColumns, c.Name) {
			text = `case when j.id = any ($2::text[]::uuid[]) or not (w.moved and pg_column_size(` + name + `) > 24) then ` + text + ` end`
			out.WriteString(`case when w.moved and pg_column_size(` + name + `) > 24 then '` + c.Name + `' end, `)
		}
		list.WriteString(text + `, `)
	}
	return `
		select ` + list.String() + `array_remove(array[` + out.String() + `null::text], null)
		from public.jobs j
		cross join lateral (
			select coalesce(octet_length(j.columns), 0) + coalesce(octet_length(j.time_candidates), 0) + coalesce(octet_length(j.preview), 0)
				+ coalesce(pg_column_size(j.profile), 0) + coalesce(pg_column_size(j.params), 0) >= 250 as moved) w
		where j.id = any ($1::text[]::uuid[])`
}

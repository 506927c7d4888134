package db

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// The number of jobs on one page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// List reads one page of the user's jobs, newest first.
func (db *DB) List(ctx context.Context, user job.UserID, f job.Filter) (job.Page, error) {
	after, err := parseCursor(f.Cursor)
	if err != nil {
		return job.Page{}, &job.SpecError{Pointer: "/cursor", Code: "invalid_field", Detail: "the cursor is not one of ours",
			Hint: "send next_cursor of the page before as it was, or leave the cursor out"}
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)

	// One row more than asked for tells whether there is a next page.
	q := listQuery(user, f, after, limit+1)
	jobs, err := asUser(ctx, db, user, toJob, q.sql, q.args...)
	if err != nil {
		return job.Page{}, wrap("list jobs", err)
	}
	page := job.Page{Jobs: jobs}
	if len(jobs) > limit {
		page.Jobs = jobs[:limit]
		page.NextCursor = cursorAt(page.Jobs[limit-1]).String()
	}
	return page, nil
}

// statement is SQL that grows with its arguments.
type statement struct {
	sql  string
	args []any
}

// and adds a condition; each ? in it stands for one of args.
func (q *statement) and(condition string, args ...any) {
	for _, arg := range args {
		q.args = append(q.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.sql += " and " + condition
}

// listQuery names only what narrows the list: a plan that is kept for every
// filter at once would not read the index in order, and sort a million rows.
// Each combination is a statement of its own.
func listQuery(user job.UserID, f job.Filter, after cursor, limit int) statement {
	q := statement{sql: "select " + jobColumns + " from public.jobs where user_id = $1::uuid", args: []any{user.String()}}
	if after != (cursor{}) {
		q.and("(created_at, id) < (?::timestamptz, ?::uuid)", after.time(), after.id.String())
	}
	switch len(f.Statuses) {
	case 0:
	case 1:
		q.and("status = ?::text", string(f.Statuses[0]))
	default:
		q.and("status = any (?::text[])", statusArgs(f.Statuses))
	}
	if f.Model != "" {
		q.and("model_used = ?::text", f.Model)
	}
	if !f.After.IsZero() {
		q.and("created_at >= ?::timestamptz", f.After)
	}
	if !f.Before.IsZero() {
		q.and("created_at < ?::timestamptz", f.Before)
	}
	q.args = append(q.args, limit)
	q.sql += " order by created_at desc, id desc limit $" + strconv.Itoa(len(q.args)) + "::int"
	return q
}

func statusArgs(statuses []job.Status) []string {
	var texts []string
	for _, s := range statuses {
		texts = append(texts, string(s))
	}
	return texts
}

// cursor is the place after one job in a list; the zero value is the start.
// Postgres keeps microseconds, and so does the cursor.
type cursor struct {
	micros int64
	id     job.ID
}

func cursorAt(j job.Job) cursor { return cursor{j.CreatedAt.UnixMicro(), j.ID} }

// time is the query argument: null at the start.
func (c cursor) time() *time.Time {
	if c == (cursor{}) {
		return nil
	}
	t := time.UnixMicro(c.micros).UTC()
	return &t
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.micros, 36) + "." + c.id.String()))
}

// The years that both Postgres and RFC 3339 know bound a cursor.
var (
	earliest = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	latest   = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
)

func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, err
	}
	micros, id, found := strings.Cut(string(text), ".")
	if !found {
		return cursor{}, errors.New("no separator")
	}
	var c cursor
	if c.micros, err = strconv.ParseInt(micros, 36, 64); err != nil {
		return cursor{}, err
	}
	if c.micros < earliest || c.micros > latest {
		return cursor{}, errors.New("time out of range")
	}
	if c.id, err = job.ParseID(id); err != nil {
		return cursor{}, err
	}
	return c, nil
}

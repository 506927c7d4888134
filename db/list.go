package db

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

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
	jobs, err := asUser(ctx, db, user, toJob, `
		select `+jobColumns+`
		from public.jobs
		where user_id = $1::uuid
			and ($2::text[] is null or status = any ($2::text[]))
			and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::uuid))
			and ($6::text = '' or model_used = $6::text)
			and created_at >= $7::timestamptz and created_at < $8::timestamptz
		order by created_at desc, id desc
		limit $5::int`,
		user.String(), statusArgs(f.Statuses), after.time(), after.id.String(), limit+1,
		f.Model, f.After, beforeArg(f.Before))
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

// beforeArg is the time before which jobs were created: any, when it is zero.
func beforeArg(t time.Time) pgtype.Timestamptz {
	if t.IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: t, Valid: true}
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

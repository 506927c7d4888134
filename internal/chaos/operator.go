package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// answer is what somebody was told about a row after a write of theirs: it has
// to be true for ever.
type answer struct {
	JobID   string
	Version int64
	Status  string
}

func (s *site) told(answers ...answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answers...)
}

// choose is the end of a statement that changes some rows of a status: up to
// $2 of them, chosen by $1.
const choose = `
	where id in (select id from jobs where status = any ($3) order by md5(id::text || $1) limit $2) and status = any ($3)
	returning id::text, version, status`

// change is an UPDATE as an operator types it in psql. That it does not arrive
// is no news; what it answers is kept.
func (s *site) change(ctx context.Context, random *rand.Rand, set string, most int, statuses ...string) {
	answers, err := query(ctx, s.postgres, pgx.RowToStructByPos[answer],
		`update jobs set `+set+choose, fmt.Sprint(random.Uint64()), most, statuses)
	if err == nil {
		s.told(answers...)
	}
}

func (s *site) resetRunning(ctx context.Context, random *rand.Rand) {
	s.change(ctx, random, `status = 'pending'`, 1+random.IntN(4), "processing")
}

// resetEnded runs completed and failed jobs again, up to a tenth of all.
func (s *site) resetEnded(ctx context.Context, random *rand.Rand) {
	s.change(ctx, random, `status = 'pending'`, 1+random.IntN(1+s.Jobs/10), "completed", "failed")
}

// cancelSome stops jobs, half of the time as the API does.
func (s *site) cancelSome(ctx context.Context, random *rand.Rand) {
	if random.IntN(2) == 0 {
		s.change(ctx, random, `status = 'canceled'`, 1+random.IntN(3), "pending", "processing")
		return
	}
	s.act(ctx, random, `status in ('pending', 'processing')`, s.door.Cancel)
}

// askAgain runs canceled and failed jobs again, half of the time as the API
// does.
func (s *site) askAgain(ctx context.Context, random *rand.Rand) {
	if random.IntN(2) == 0 {
		s.change(ctx, random, `status = 'pending'`, 1+random.IntN(6), "canceled", "failed")
		return
	}
	s.act(ctx, random, `status in ('canceled', 'failed', 'completed')`, func(ctx context.Context, user job.UserID, id job.ID) (job.Job, error) {
		return s.door.Reprocess(ctx, user, id, json.RawMessage(params))
	})
}

// act does something for the owner of one job.
func (s *site) act(ctx context.Context, random *rand.Rand, where string, verb func(context.Context, job.UserID, job.ID) (job.Job, error)) {
	type owned struct {
		ID   job.ID
		User job.UserID
	}
	found, err := query(ctx, s.postgres, pgx.RowToStructByPos[owned], `select id, user_id from jobs where `+where+` order by id`)
	if err != nil || len(found) == 0 {
		return
	}
	one := found[random.IntN(len(found))]
	if j, err := verb(ctx, one.User, one.ID); err == nil {
		s.told(answer{j.ID.String(), j.Version, string(j.Status)})
	}
}

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// params is the forecast that every job asks for: small, so that what is tried
// is the path of a job and not the arithmetic.
const params = `{"model": "naive", "horizon": 6}`

// feed asks for all jobs: a fifth at once, the others over most of the time of
// the trouble.
func (s *site) feed(ctx context.Context) {
	random := s.random("feed")
	begin := time.Now()
	for i := range s.Jobs {
		if late := i - s.Jobs/5; late > 0 {
			at := 0.85 * float64(s.Duration) * float64(late) / float64(s.Jobs)
			wait(ctx.Done(), time.Duration(at)-time.Since(begin))
		}
		if err := s.ask(ctx, random); err != nil {
			s.fail(err)
			return
		}
	}
}

// ask stores a small file and the job that forecasts it, as often as it takes:
// an answer may get lost together with Postgres.
func (s *site) ask(ctx context.Context, random *rand.Rand) error {
	id := job.ID{UUID: uuid.Must(uuid.NewRandomFromReader(bytesOf{random}))}
	user := s.users[min(random.IntN(len(s.users)), random.IntN(len(s.users)))]
	text := months(random)
	key := storage.Input(user, id)
	if s.Bare {
		text = ""
	} else if err := s.store.bucket.Upload(ctx, key, strings.NewReader(text), storage.UploadOptions{ContentType: "text/csv", Upsert: true}); err != nil {
		return fmt.Errorf("store an input: %w", err)
	}
	for begin := time.Now(); ; {
		made, err := s.door.Create(ctx, user, job.Upload{
			ID: id, InputPath: key.String(), FileName: "sales.csv", FileBytes: int64(len(text)),
			Columns: []byte(`[]`), TimeCandidates: []byte(`[]`), Preview: []byte(`[]`), Profile: []byte(`{}`), Params: []byte(params),
		})
		if err == nil {
			s.told(answer{id.String(), made.Version, string(made.Status)})
			return nil
		}
		if _, there := s.door.Get(ctx, user, id); there == nil {
			return nil
		}
		if time.Since(begin) > time.Minute || errors.Is(err, context.Canceled) {
			return fmt.Errorf("ask for job %s: %w", id, err)
		}
		wait(ctx.Done(), 50*time.Millisecond)
	}
}

// months is a monthly series of two to four years.
func months(random *rand.Rand) string {
	var text strings.Builder
	text.WriteString("month,sold\n")
	level := 50 + 100*random.Float64()
	for i := range 24 + random.IntN(25) {
		sold := level + 10*math.Sin(2*math.Pi*float64(i)/12) + random.NormFloat64()
		fmt.Fprintf(&text, "%d-%02d-01,%.1f\n", 2020+i/12, i%12+1, sold)
	}
	return text.String()
}

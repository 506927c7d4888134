package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// torn loses the answer of the database to a new job, behind the commit or with
// the job.
type torn struct {
	ingest.Jobs
	committed bool
	id        *job.ID
}

func (j torn) Create(ctx context.Context, user job.UserID, u job.Upload) (job.Detail, error) {
	*j.id = u.ID
	if j.committed {
		if _, err := j.Jobs.Create(ctx, user, u); err != nil {
			return job.Detail{}, err
		}
	}
	return job.Detail{}, errors.Join(db.ErrUnavailable, errors.New("the connection broke"))
}

func TestAFileStaysWhenItsRowMayBeThere(t *testing.T) {
	t.Parallel()
	for name, committed := range map[string]bool{"behind the commit": true, "before it": false} {
		var id job.ID
		h := setup(t, func(c *ingest.Config) { c.Jobs = torn{c.Jobs, committed, &id} })
		p := h.person()
		body, kind := form(field{"file", "a.csv", monthly()})
		if r := p.do(http.MethodPost, "/v1/upload", bytes.NewReader(body), "Content-Type", kind); r.StatusCode < 500 {
			t.Errorf("%s: status %d", name, r.StatusCode)
		}
		_, err := h.bucket.Stat(t.Context(), storage.Input(p.id, id))
		if there := err == nil; there != committed {
			t.Errorf("%s: the file is there: %t, %v", name, there, err)
		}
	}
}

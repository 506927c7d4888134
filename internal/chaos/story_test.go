package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// story is a small world in which the oracle is tried: rows and files without
// processes.
type story struct {
	*dbtest.DB
	postgres  *postgres
	store     *store
	user      job.UserID
	job       job.ID
	answers   []answer
	completed []completion
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{DB: dbtest.New(t), user: job.UserID{UUID: uuid.New()}}
	s.postgres = &postgres{url: s.URL}
	var err error
	if s.store, err = openStore(t.TempDir(), (&site{}).random("storage")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.close(); err != nil {
			t.Error(err)
		}
	})
	s.no(t, s.store.bucket.Ensure(t.Context()))
	s.no(t, record(t.Context(), s.postgres))
	door, err := db.Open(t.Context(), s.URL, db.Options{AppName: operator})
	s.no(t, err)
	defer door.Close()
	id := job.NewID()
	made, err := door.Create(t.Context(), s.user, job.Upload{
		ID: id, InputPath: storage.Input(s.user, id).String(), Params: []byte(params),
		Columns: []byte(`[]`), TimeCandidates: []byte(`[]`), Preview: []byte(`[]`),
	})
	s.no(t, err)
	s.job = made.ID
	return s
}

func (s *story) no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// operate is a plain UPDATE of the job, as the operator types it.
func (s *story) operate(t *testing.T, set string) {
	t.Helper()
	told, err := query(t.Context(), s.postgres, pgx.RowToStructByPos[answer],
		`update jobs set `+set+` where id = $1 returning id::text, version, status`, s.job.String())
	s.no(t, err)
	s.answers = append(s.answers, told...)
}

func (s *story) claim(t *testing.T, processor string) job.Claim {
	t.Helper()
	claims, err := s.Claim(t.Context(), processor, 1, 0)
	s.no(t, err)
	if len(claims) != 1 {
		t.Fatalf("%s claimed %d jobs", processor, len(claims))
	}
	return claims[0]
}

// put stores a file of an attempt.
func (s *story) put(t *testing.T, c job.Claim, name string) string {
	t.Helper()
	key, err := storage.RunFile(c.UserID, c.ID, c.RunID, c.Fence, name)
	s.no(t, err)
	text := fmt.Sprintf(`{"forecast_id": %q, "fence": %d, "name": %q}`, c.RunID, c.Fence, name)
	s.no(t, s.store.bucket.Upload(t.Context(), key, strings.NewReader(text), storage.UploadOptions{Upsert: true}))
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// complete stores the files of a claim and completes it, as a processor does;
// it reports whether that was in time.
func (s *story) complete(t *testing.T, c job.Claim) bool {
	t.Helper()
	outcome := job.Outcome{
		Folder:     storage.RunFolder(c.UserID, c.ID, c.RunID, c.Fence).String(),
		OutputPath: storage.Folder(c.UserID, c.ID).String() + "/" + storage.OutputName,
		ModelUsed:  "naive", Checksums: map[string]string{},
	}
	for _, name := range storage.ResultNames {
		outcome.Checksums[name] = s.put(t, c, name)
	}
	err := s.Complete(t.Context(), []job.Completion{{Claim: c, Outcome: outcome}}, func(ctx context.Context, c job.Claim) error {
		return s.store.bucket.Publish(ctx, c.UserID, c.ID, c.RunID, c.Fence)
	})[0]
	if errors.Is(err, job.ErrLeaseLost) {
		s.no(t, s.store.bucket.DeleteFolder(t.Context(), storage.RunFolder(c.UserID, c.ID, c.RunID, c.Fence)))
		return false
	}
	s.no(t, err)
	s.completed = append(s.completed, completion{c.ID.String(), c.RunID.String(), c.Fence})
	return true
}

// verdict is what the oracle says.
func (s *story) verdict(t *testing.T) []Violation {
	t.Helper()
	f, err := look(t.Context(), s.postgres)
	s.no(t, err)
	found, err := files(t.Context(), f, s.store.peek, nil, false)
	s.no(t, err)
	return append(judge(f, s.answers, s.completed), found...)
}

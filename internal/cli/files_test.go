package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/internal/storage"
)

// A row's path cannot lead out of the folder of the row's owner.
func TestInputPathStaysInItsFolder(t *testing.T) {
	t.Parallel()
	user, other, id := job.UserID{UUID: uuid.New()}, job.UserID{UUID: uuid.New()}, job.NewID()
	own := storage.Input(user, id).String()
	for _, path := range []string{"", own} {
		key, err := keyOf(ingest.File{User: user, Job: id, Name: ingest.InputName, Path: path})
		if err != nil || key.String() != own {
			t.Errorf("%q: %v, %v", path, key, err)
		}
	}
	for _, path := range []string{
		storage.Input(other, id).String(),
		storage.Input(user, job.NewID()).String(),
		"/" + own, own + "/", own + "\x00",
		user.String() + "/" + id.String() + "/../../" + storage.Input(other, id).String(),
		user.String() + "/" + id.String() + "/output.json",
		"../" + own, "..", ".", "input.csv",
	} {
		if key, err := keyOf(ingest.File{User: user, Job: id, Name: ingest.InputName, Path: path}); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("keyOf %q: %v, %v", path, key, err)
		}
		if key, err := inputKey(user, id, path); !errors.Is(err, job.ErrNotFound) || key != (storage.Key{}) {
			t.Errorf("inputKey %q: %v, %v", path, key, err)
		}
	}
}

func TestResultNamesAreTheKnownOnes(t *testing.T) {
	t.Parallel()
	user, id, run := job.UserID{UUID: uuid.New()}, job.NewID(), job.RunID{UUID: uuid.New()}
	folder := user.String() + "/" + id.String() + "/"
	for _, name := range storage.ResultNames {
		for fence, want := range map[int64]string{
			0: folder + name,
			7: folder + "runs/" + run.String() + "/7/" + name,
		} {
			key, err := keyOf(ingest.File{User: user, Job: id, Run: run, Fence: fence, Name: name})
			if err != nil || key.String() != want {
				t.Errorf("%s, fence %d: %q, %v; want %q", name, fence, key, err, want)
			}
		}
	}
	for _, name := range []string{"", ".", "..", "../output.json", "output.json/", "input.csv ", "runs"} {
		for _, fence := range []int64{0, 7} {
			if key, err := keyOf(ingest.File{User: user, Job: id, Run: run, Fence: fence, Name: name, Path: "x"}); err == nil {
				t.Errorf("%q, fence %d: %q", name, fence, key)
			}
		}
	}
}

func TestErrorsOfOtherRoomsHaveCodes(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		storage.ErrTooLarge: "payload_too_large", storage.ErrRange: "range_not_satisfiable",
		storage.ErrDenied: "storage_denied", storage.ErrPublic: "storage_denied",
		storage.ErrUnavailable: "storage_unavailable", auth.ErrKeysUnavailable: "auth_unavailable",
		db.ErrUnavailable: "database_unavailable", storage.ErrNotFound: "", errors.New("other"): "",
	} {
		if got := codeOf(fmt.Errorf("open the file: %w", err)); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
		if _, known := problem.Lookup(want); want != "" && !known {
			t.Errorf("%q is not in the list of problems", want)
		}
	}
}

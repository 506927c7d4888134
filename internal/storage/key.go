package storage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/internal/job"
)

// The names of the files of a job.
const (
	InputName    = "input.csv"
	OutputName   = "output.json"
	ForecastName = "forecast.csv"
	ImageName    = "forecast.png"
)

// ResultNames are the files that a run leaves, in the order in which they are
// written: the one that output_file_path names is the last.
var ResultNames = [...]string{ForecastName, ImageName, OutputName}

// runsFolder holds one folder per run, and in it one per fence.
const runsFolder = "runs"

// Key is the path of an object or of a folder in the bucket. Keys can only be
// made by the functions of this package; the zero Key is the whole bucket.
type Key struct{ path string }

// String returns the path, without a slash at either end.
func (k Key) String() string { return k.path }

// UserFolder is the folder of everything a user has.
func UserFolder(user job.UserID) Key { return Key{user.String()} }

// Folder is the folder of a job.
func Folder(user job.UserID, id job.ID) Key { return UserFolder(user).child(id.String()) }

// Input is the key of the CSV a job forecasts.
func Input(user job.UserID, id job.ID) Key { return Folder(user, id).child(InputName) }

// Canonical is the key at which people and tools look for a result of a job:
// a copy of a file of the newest completed run.
func Canonical(user job.UserID, id job.ID, name string) (Key, error) {
	return Folder(user, id).result(name)
}

// AttemptsFolder is the folder of a run: it holds one folder per attempt.
func AttemptsFolder(user job.UserID, id job.ID, run job.RunID) Key {
	return Folder(user, id).child(runsFolder).child(run.String())
}

// RunFolder is the folder of one attempt of a run. The fence never repeats, so
// no two attempts ever share a folder.
func RunFolder(user job.UserID, id job.ID, run job.RunID, fence int64) Key {
	return AttemptsFolder(user, id, run).child(strconv.FormatInt(fence, 10))
}

// RunFile is the key of a result within its run's folder.
func RunFile(user job.UserID, id job.ID, run job.RunID, fence int64, name string) (Key, error) {
	return RunFolder(user, id, run, fence).result(name)
}

func (k Key) child(name string) Key { return Key{k.path + "/" + name} }

func (k Key) result(name string) (Key, error) {
	for _, known := range ResultNames {
		if name == known {
			return k.child(name), nil
		}
	}
	return Key{}, fmt.Errorf("storage: %q is not the name of a result", name)
}

// ParseKey reads a key as it stands in a row of the database: input_file_path,
// output_file_path, or the folder of a run. Anything that the functions above
// would not have made is refused.
func ParseKey(s string) (Key, error) {
	parts := strings.Split(s, "/")
	k, err := parseParts(parts)
	if err != nil || k.path != s {
		return Key{}, fmt.Errorf("storage: %q is not a key of pgcast", s)
	}
	return k, nil
}

// parseParts builds the key again from its parsed parts.
func parseParts(parts []string) (Key, error) {
	user, err := job.ParseUserID(parts[0])
	if err != nil || len(parts) == 1 {
		return UserFolder(user), err
	}
	id, err := job.ParseID(parts[1])
	if err != nil || len(parts) == 2 {
		return Folder(user, id), err
	}
	if len(parts) == 3 && parts[2] == InputName {
		return Input(user, id), nil
	}
	if len(parts) == 3 {
		return Canonical(user, id, parts[2])
	}
	return parseRun(user, id, parts[2:])
}

// parseRun reads runs/{run}/{fence} and perhaps a name.
func parseRun(user job.UserID, id job.ID, parts []string) (Key, error) {
	if parts[0] != runsFolder || len(parts) < 3 || len(parts) > 4 {
		return Key{}, fmt.Errorf("not the folder of a run")
	}
	run, err := job.ParseRunID(parts[1])
	if err != nil {
		return Key{}, err
	}
	fence, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || len(parts) == 3 {
		return RunFolder(user, id, run, fence), err
	}
	return RunFile(user, id, run, fence, parts[3])
}

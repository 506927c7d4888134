package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/storage"
)

// files says what is wrong in the bucket, of the given jobs alone unless jobs
// is nil. Folders that the database is going to have removed are passed over
// unless swept is set.
func files(ctx context.Context, f facts, bucket peek, jobs map[string]bool, swept bool) ([]Violation, error) {
	runs := map[string][]run{}
	for _, r := range f.runs {
		runs[r.Job] = append(runs[r.Job], r)
	}
	found := make([][]Violation, len(f.rows))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(8)
	for i, r := range f.rows {
		if jobs != nil && !jobs[r.Job] {
			continue
		}
		all.Go(func() error {
			l := &looker{oracle: oracle{facts: f}, peek: bucket, job: r, swept: swept}
			err := l.look(ctx, runs[r.Job])
			found[i] = l.found
			return err
		})
	}
	err := all.Wait()
	return slices.Concat(found...), err
}

// looker looks at the files of one job.
type looker struct {
	oracle
	peek
	job   row
	swept bool
}

// look goes through a job's folder: the canonical files, and a folder per run.
// Runs come in the order in which they ended.
func (l *looker) look(ctx context.Context, runs []run) error {
	folder := l.job.User + "/" + l.job.Job
	var newest *run
	byID := map[string]run{}
	for _, r := range runs {
		byID[r.Forecast] = r
		if r.Status == "completed" {
			newest = &r
		}
	}
	if err := l.canonical(ctx, folder, newest); err != nil {
		return err
	}
	kept, err := l.names(ctx, folder+"/runs")
	if err != nil {
		return err
	}
	for _, id := range kept {
		if err := l.attempts(ctx, folder+"/runs/"+id, id, byID[id]); err != nil {
			return err
		}
	}
	for _, r := range runs {
		if r.Status == "completed" && !r.Expired && !slices.Contains(kept, r.Forecast) {
			l.broken(ruleFiles, l.job.Job, "the completed run %s has no folder", r.Forecast)
		}
	}
	return nil
}

// canonical holds that the canonical files are those of the newest completed
// run, and that there are none before the first.
func (l *looker) canonical(ctx context.Context, folder string, newest *run) error {
	names, err := l.names(ctx, folder)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == storage.InputName || n == "runs" })
	if newest == nil {
		if len(names) > 0 {
			l.broken(ruleFiles, l.job.Job, "it is %s and was never completed, and has the canonical files %v", l.job.Status, names)
		}
		return nil
	}
	if l.job.Output != folder+"/"+storage.OutputName && l.job.Status == "completed" {
		l.broken(ruleFiles, l.job.Job, "output_file_path is %q", l.job.Output)
	}
	return l.same(ctx, "the canonical path", folder, names, *newest)
}

// attempts holds that of the attempts at a run only the winner's folder is
// there, whole.
func (l *looker) attempts(ctx context.Context, folder, id string, r run) error {
	fences, err := l.names(ctx, folder)
	if err != nil {
		return err
	}
	for _, fence := range fences {
		if r.Status == "completed" && !r.Expired && fence == strconv.FormatInt(r.Fence, 10) {
			names, err := l.names(ctx, folder+"/"+fence)
			if err != nil {
				return err
			}
			if err := l.same(ctx, "the run's folder", folder+"/"+fence, names, r); err != nil {
				return err
			}
			continue
		}
		due := r.LeftOver || !r.Expired && (r.Status == "failed" || r.Status == "canceled")
		if l.swept || !due {
			l.broken(ruleSwept, l.job.Job, "run %s is %s under %d (expired %v, on the list %v), and attempt %s has a folder", id, r.Status, r.Fence, r.Expired, r.LeftOver, fence)
		}
	}
	return nil
}

// same holds that a folder's files are those of a run by their checksums, and
// that output.json says so.
func (l *looker) same(ctx context.Context, where, folder string, names []string, r run) error {
	slices.Sort(names)
	if want := slices.Sorted(maps.Keys(r.Checksums)); len(want) != len(storage.ResultNames) || !slices.Equal(names, want) {
		l.broken(ruleFiles, l.job.Job, "%s of run %s holds %v, its checksums are of %v", where, r.Forecast, names, want)
		return nil
	}
	for _, name := range names {
		text, err := l.read(ctx, folder+"/"+name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		if hex.EncodeToString(sum[:]) != r.Checksums[name] {
			l.broken(ruleFiles, l.job.Job, "%s: %s is not that of run %s%s", where, name, r.Forecast, says(text))
		} else if name == storage.OutputName && says(text) != says([]byte(`{"forecast_id":"`+r.Forecast+`"}`)) {
			l.broken(ruleFiles, l.job.Job, "%s: output.json of run %s%s", where, r.Forecast, says(text))
		}
	}
	return nil
}

// says is which run an output.json says it is of.
func says(text []byte) string {
	var output struct {
		ForecastID string `json:"forecast_id"`
	}
	if json.Unmarshal(text, &output) != nil {
		return ""
	}
	return ", it says it is of " + output.ForecastID
}

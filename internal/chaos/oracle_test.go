package chaos

import (
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// live is a life with everything that is allowed in it: the job is claimed,
// restarted, claimed by another processor, completed, run again, handed back,
// taken from a dead processor, canceled while it runs, and run once more.
func (s *story) live(t *testing.T) {
	t.Helper()
	first := s.claim(t, "a")
	s.operate(t, `status = 'pending'`)
	second := s.claim(t, "b")
	if s.complete(t, first) {
		t.Error("a completion came in time that came too late")
	}
	s.complete(t, second)
	s.operate(t, `status = 'pending'`)
	s.no(t, s.Release(t.Context(), []job.Claim{s.claim(t, "a")}))
	s.claim(t, "b")
	s.Exec(t, `delete from processors`) // all of them have died
	if _, err := s.Rescue(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.claim(t, "c")
	s.operate(t, `status = 'canceled'`)
	s.operate(t, `status = 'pending'`)
	s.complete(t, s.claim(t, "d"))
}

func TestALifeInGoodOrderBreaksNoPromise(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.live(t)
	for _, v := range s.verdict(t) {
		t.Error(v)
	}
}

// A judge who never finds anything may be blind.
func TestEachBrokenPromiseIsFound(t *testing.T) {
	t.Parallel()
	const unfenced = `do $$
		declare f text;
		begin
			for f in select pg_get_functiondef(p.oid) from pg_proc p
				where p.pronamespace = 'pgcast'::regnamespace and p.proname in ('hold', 'complete')
			loop
				execute replace(replace(f, 'j.fence = fences[1]', 'true'), 'j.fence = case j.status when ''processing'' then r.fence end', 'j.status = ''processing''');
			end loop;
		end $$`
	for name, broken := range map[string]struct {
		rule string
		how  func(t *testing.T, s *story)
	}{
		"a claim that is fenced off completes": {ruleFence, func(t *testing.T, s *story) {
			s.Exec(t, unfenced)
			s.operate(t, `status = 'pending'`)
			first := s.claim(t, "a")
			s.operate(t, `status = 'pending'`)
			s.claim(t, "b")
			if !s.complete(t, first) {
				t.Error("the fence is still there")
			}
		}},
		"a fence is used twice": {ruleFence, func(t *testing.T, s *story) {
			s.Exec(t, `select setval('pgcast.fences', 1, false)`)
			s.operate(t, `status = 'pending'`)
			s.complete(t, s.claim(t, "a"))
		}},
		"a processor believes in a completion that is not there": {ruleFence, func(t *testing.T, s *story) {
			s.completed = append(s.completed, completion{s.job.String(), "a run nobody asked for", 1000})
		}},
		"an event is missing": {ruleTrail, func(t *testing.T, s *story) {
			s.Exec(t, `delete from job_events where id = (select max(id) from job_events where status = 'processing')`)
		}},
		"an event says something else": {ruleTrail, func(t *testing.T, s *story) {
			s.Exec(t, `update job_events set old_status = 'failed' where status = 'completed'`)
		}},
		"a version is left out": {ruleVersions, func(t *testing.T, s *story) {
			s.Exec(t, `select set_config('pgcast.verb', 'report_progress', true); update jobs set version = version + 2`)
		}},
		"a canceled job is run by nobody's wish": {ruleHands, func(t *testing.T, s *story) {
			s.operate(t, `status = 'pending'`)
			s.operate(t, `status = 'canceled'`)
			s.Exec(t, `select set_config('pgcast.verb', 'rescue', true); update jobs set status = 'pending', version = version + 1`)
			s.complete(t, s.claim(t, "a"))
		}},
		"a job is run again though nobody asked": {ruleHands, func(t *testing.T, s *story) {
			s.Exec(t, `update jobs set status = 'pending'`) // by an application that is not the operator's
			s.complete(t, s.claim(t, "a"))
		}},
		"an attempt is not counted": {ruleCounts, func(t *testing.T, s *story) {
			s.operate(t, `status = 'pending'`)
			c := s.claim(t, "a")
			s.Exec(t, `select set_config('pgcast.verb', 'report_progress', true); update jobs set attempts = 0, version = version + 1`)
			s.complete(t, c)
		}},
		"a job is left over": {ruleEnds, func(t *testing.T, s *story) {
			s.operate(t, `status = 'pending'`)
		}},
		"a run stays behind its job": {ruleRuns, func(t *testing.T, s *story) {
			s.Exec(t, `update job_runs set status = 'failed' where status = 'completed'`)
		}},
		"an answer was not true": {ruleAnswers, func(t *testing.T, s *story) {
			s.answers = append(s.answers, answer{s.job.String(), 1000, "pending"})
		}},
		"a canonical file is of another run": {ruleFiles, func(t *testing.T, s *story) {
			key, err := storage.Canonical(s.user, s.job, storage.ForecastName)
			s.no(t, err)
			s.no(t, s.store.bucket.Upload(t.Context(), key, strings.NewReader("late"), storage.UploadOptions{Upsert: true}))
		}},
		"the result is not whole": {ruleFiles, func(t *testing.T, s *story) {
			last := s.completed[len(s.completed)-1]
			f, err := look(t.Context(), s.postgres)
			s.no(t, err)
			for _, r := range f.runs {
				if r.Forecast == last.ForecastID {
					key, err := storage.ParseKey(r.Folder + "/" + storage.ImageName)
					s.no(t, err)
					s.no(t, s.store.bucket.Delete(t.Context(), key))
				}
			}
		}},
		"an attempt that does not count leaves files": {ruleSwept, func(t *testing.T, s *story) {
			s.operate(t, `status = 'pending'`)
			first := s.claim(t, "a")
			s.put(t, first, storage.ForecastName)
			s.Exec(t, `delete from processors`)
			if _, err := s.Rescue(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.complete(t, s.claim(t, "b"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.live(t)
			broken.how(t, s)
			for _, v := range s.verdict(t) {
				t.Log(v)
				if v.Rule == broken.rule {
					return
				}
			}
			t.Errorf("nobody noticed; %q was broken", broken.rule)
		})
	}
}

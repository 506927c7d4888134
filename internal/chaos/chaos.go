package chaos

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Run deploys, breaks, waits and judges. The report tells what happened, also
// when promises were not kept; an error means that there is nothing to judge.
func Run(ctx context.Context, c Config) (Report, error) {
	begin := time.Now()
	s, err := open(ctx, c.withDefaults())
	if err != nil {
		return Report{}, fmt.Errorf("deploy: %w", err)
	}
	report := Report{Seed: s.Seed, Jobs: s.Jobs, Processors: s.Config.Processors}
	s.trouble(ctx)
	err = s.judgement(ctx, &report)
	s.fail(s.stopProcessors())
	if err == nil {
		err = s.lastLook(ctx, &report)
	}
	for _, failure := range s.failures {
		report.Violations = append(report.Violations, Violation{Rule: ruleOrder, Text: failure})
	}
	s.failures = nil
	if closing := s.close(); err == nil {
		err = closing
	}
	report.Seconds = seconds(time.Since(begin))
	return report, err
}

func seconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Millisecond)) / float64(time.Second)
}

// trouble lets everything happen, and ends it: afterwards no process is
// frozen, Postgres is up, and the storage has done whatever it was late with.
func (s *site) trouble(ctx context.Context) {
	strikes := plan(s)
	s.Log("seed %d: %d jobs, %d processors, %d strikes within %v", s.Seed, s.Jobs, len(s.processors), len(strikes), s.Duration)
	s.store.front.slow(s.pace())
	ctx, cancel := context.WithTimeout(ctx, s.Duration)
	defer cancel()
	var feeding sync.WaitGroup
	feeding.Go(func() { s.feed(context.WithoutCancel(ctx)) })
	s.strike(ctx, strikes)
	s.store.front.slow(0)
	s.store.front.turn(fair, 0)
	feeding.Wait()
}

// pace is how slow the storage has to be for half of all slots to be taken
// while the jobs come in, each asked for one and a half times: so that whoever
// is struck is at work. A run waits for the storage three times.
func (s *site) pace() time.Duration {
	atWork := time.Duration(float64(s.Duration) * float64(slots*len(s.processors)) / 2)
	return min(atWork/time.Duration(s.Jobs*3/2)/3, time.Second)
}

// judgement waits until every job has ended and the files are right, or until
// its patience is over, and says what is wrong.
func (s *site) judgement(ctx context.Context, report *Report) error {
	begin := time.Now()
	if err := s.awaitEnds(ctx); err != nil {
		return err
	}
	report.Ended = seconds(time.Since(begin))
	s.Log("every job ended or patience did, after %v", time.Since(begin))
	begin = time.Now()
	if err := s.awaitFiles(ctx); err != nil {
		return err
	}
	report.Mended = seconds(time.Since(begin))
	s.Log("the files are right or patience is over, after %v", time.Since(begin))
	return nil
}

func (s *site) awaitEnds(ctx context.Context) error {
	for begin := time.Now(); time.Since(begin) < s.Patience; wait(ctx.Done(), 100*time.Millisecond) {
		open, err := query(ctx, s.postgres, pgx.RowTo[int], `select count(*) from jobs where status in ('pending', 'processing')`)
		if err != nil || open[0] == 0 {
			return err
		}
	}
	return nil
}

// settling is how long a request of the storage may be repeated once nothing
// breaks any more.
const settling = 5 * time.Second

// awaitFiles looks at the files of all jobs, then again at those that were not
// right. What is to be swept has its own time.
func (s *site) awaitFiles(ctx context.Context) error {
	if s.Bare {
		return nil
	}
	wait(ctx.Done(), settling)
	var jobs map[string]bool // nil: all
	for begin := time.Now(); ; wait(ctx.Done(), 500*time.Millisecond) {
		f, err := look(ctx, s.postgres)
		if err != nil {
			return err
		}
		wrong, err := files(ctx, f, s.store.peek, jobs, s.Sweeping > 0)
		if err != nil {
			return err
		}
		since := time.Since(begin)
		if since > s.Mending && slices.ContainsFunc(wrong, func(v Violation) bool { return v.Rule == ruleFiles }) {
			return nil
		}
		if len(wrong) == 0 || since > max(s.Mending, s.Sweeping) {
			return nil
		}
		jobs = map[string]bool{}
		for _, v := range wrong {
			jobs[v.Job] = true
		}
	}
}

// lastLook judges once nobody writes any more.
func (s *site) lastLook(ctx context.Context, report *Report) error {
	f, err := look(ctx, s.postgres)
	if err != nil {
		return err
	}
	var completed []completion
	report.Said = map[string]int{}
	for _, p := range s.processors {
		for _, l := range p.past() {
			l.journal.sum(&completed, report.Said, func(text string) { s.fail(fmt.Errorf("%s: %s", p.log, text)) })
		}
	}
	report.Hasty = s.hasty(f)
	f.bare = s.Bare
	report.Violations = judge(f, s.answers, completed)
	if !s.Bare {
		wrong, err := files(ctx, f, s.store.peek, nil, s.Sweeping > 0)
		if err != nil {
			return err
		}
		report.Violations = append(report.Violations, wrong...)
	}
	if err := f.save(filepath.Join(s.Dir, "facts.json")); err != nil {
		return err
	}
	report.tally(f, s)
	if len(completed) == 0 || report.Statuses["completed"] == 0 {
		report.Violations = append(report.Violations, Violation{Rule: ruleEnds, Text: "no job was completed: nothing was tried"})
	}
	return nil
}

// hasty counts the jobs that were taken from processors which were at work
// all the time: only their connections had broken.
func (s *site) hasty(f facts) (n int) {
	lives := map[string]*life{}
	for _, p := range s.processors {
		for _, l := range p.past() {
			lives[l.journal.processor()] = l
		}
	}
	for _, c := range f.changes {
		if l := lives[c.Processor]; c.Verb == "rescue" && l != nil && l.awake(c.At, time.Second) {
			n++
		}
	}
	return n
}

// tally counts what happened.
func (r *Report) tally(f facts, s *site) {
	r.Strikes, r.Storage, r.Statuses, r.Changes = s.struck, s.store.front.counts, map[string]int{}, map[string]int{}
	for _, row := range f.rows {
		r.Statuses[row.Status]++
	}
	for _, c := range f.changes {
		switch {
		case c.Verb == "report_progress":
		case c.Verb != "":
			r.Changes[c.Verb]++
		case c.OldStatus == "":
			r.Changes["create"]++
		default:
			r.Changes[strings.TrimSpace(c.OldStatus+" to "+c.Status)]++
		}
	}
}

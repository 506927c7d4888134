package chaos

import (
	"fmt"
	"strings"
)

// The rules of the oracle.
const (
	ruleEnds     = "every job ends"
	ruleVersions = "versions have no holes"
	ruleTrail    = "the trail tells every change of status"
	ruleFence    = "only the newest claim completes"
	ruleHands    = "statuses change by the right hands"
	ruleCounts   = "attempts and crashes are counted"
	ruleRuns     = "a run follows its job"
	ruleAnswers  = "what was answered stays true"
	ruleFiles    = "files are those of the run that counts"
	ruleSwept    = "attempts that do not count leave nothing"
	ruleOrder    = "processes end in good order"
)

// oracle collects what is wrong.
type oracle struct {
	facts
	found []Violation
}

func (o *oracle) broken(rule, job, format string, args ...any) {
	o.found = append(o.found, Violation{rule, job, fmt.Sprintf(format, args...)})
}

// judge says what is wrong with the rows, apart from the files.
func judge(f facts, answers []answer, completed []completion) []Violation {
	o := &oracle{facts: f}
	o.ends()
	o.versions()
	o.trail()
	o.chain()
	o.fences(completed)
	o.hands()
	o.counts()
	o.follow()
	o.answered(answers)
	return o.found
}

// ends holds that every job has ended, and why a failed one may have.
func (o *oracle) ends() {
	for _, r := range o.rows {
		switch {
		case r.Status != "completed" && r.Status != "failed" && r.Status != "canceled":
			o.broken(ruleEnds, r.Job, "it is %s", r.Status)
		case r.Status == "failed" && r.Code != "processor_lost" && r.Code != "storage_unavailable" && r.Code != "internal":
			o.broken(ruleEnds, r.Job, "it failed with %q, and neither its file nor its request is bad", r.Code)
		}
	}
}

// versions holds that each change takes up where the one before left off.
func (o *oracle) versions() {
	last := map[string]change{}
	for _, c := range o.changes {
		before, known := last[c.Job]
		switch {
		case !known && c.Version != 1:
			o.broken(ruleVersions, c.Job, "it begins with version %d", c.Version)
		case known && (c.OldVersion != before.Version || c.OldStatus != before.Status):
			o.broken(ruleVersions, c.Job, "version %d %s is followed by a change of version %d %s", before.Version, before.Status, c.OldVersion, c.OldStatus)
		case known && c.Version != c.OldVersion+1 && (c.Version != c.OldVersion || c.seen() != before.seen()):
			o.broken(ruleVersions, c.Job, "a change by %q goes from version %d to %d", c.Verb, c.OldVersion, c.Version)
		}
		last[c.Job] = c
	}
	for _, r := range o.rows {
		if c := last[r.Job]; c.Version != r.Version || c.Status != r.Status {
			o.broken(ruleVersions, r.Job, "it is %s in version %d, the last change was to %s in version %d", r.Status, r.Version, c.Status, c.Version)
		}
	}
}

// trail compares job_events with the record, both ways.
func (o *oracle) trail() {
	type key struct {
		job     string
		version int64
	}
	events := map[key][]event{}
	for _, e := range o.events {
		events[key{e.Job, e.Version}] = append(events[key{e.Job, e.Version}], e)
	}
	told := 0
	for _, c := range o.changes {
		if c.Status == c.OldStatus && !c.asks() {
			continue
		}
		es := events[key{c.Job, c.Version}]
		told += len(es)
		if len(es) != 1 {
			o.broken(ruleTrail, c.Job, "%d events tell of the change to %s in version %d", len(es), c.Status, c.Version)
		} else if e := es[0]; e.Status != c.Status || e.OldStatus != c.OldStatus || e.Forecast != c.Forecast || e.Application != c.Application {
			o.broken(ruleTrail, c.Job, "the event of version %d says %+v, and it was %+v", c.Version, e, c)
		}
	}
	if told != len(o.events) {
		o.broken(ruleTrail, "", "%d events tell of changes that did not happen", len(o.events)-told)
	}
}

// chain holds that the trail by itself is whole: each event takes up where the
// one before left off, from the making of the row to what it says now.
func (o *oracle) chain() {
	last := map[string]event{}
	for _, e := range o.events {
		before := last[e.Job]
		if e.OldStatus != before.Status {
			o.broken(ruleTrail, e.Job, "after %q in version %d comes an event from %q to %q", before.Status, before.Version, e.OldStatus, e.Status)
		}
		if e.Version <= before.Version {
			o.broken(ruleTrail, e.Job, "two events have version %d", e.Version)
		}
		last[e.Job] = e
	}
	for _, r := range o.rows {
		if e := last[r.Job]; e.Status != r.Status || e.Forecast != r.Forecast || e.Version > r.Version {
			o.broken(ruleTrail, r.Job, "the trail ends with %s in version %d, the row is %s in version %d", e.Status, e.Version, r.Status, r.Version)
		}
	}
}

// fences holds that claims have numbers of their own, that each run was
// completed once at most, by the newest claim of its row at that moment, and
// that the processors say the same.
func (o *oracle) fences(said []completion) {
	newest, owner, winner := map[string]int64{}, map[int64]string{}, map[string]int64{}
	for _, c := range o.changes {
		if c.claims() {
			if other := owner[c.Fence]; other != "" || c.Fence <= newest[c.Job] {
				o.broken(ruleFence, c.Job, "it is claimed under %d after %d; the number was used for %q", c.Fence, newest[c.Job], other)
			}
			newest[c.Job], owner[c.Fence] = c.Fence, c.Job
		}
		if c.Status == "completed" && c.OldStatus != "completed" {
			if c.OldStatus != "processing" || c.Fence != newest[c.Job] {
				o.broken(ruleFence, c.Job, "it is completed from %s under %d, its newest claim is %d", c.OldStatus, c.Fence, newest[c.Job])
			}
			if first, twice := winner[c.Forecast]; twice {
				o.broken(ruleFence, c.Job, "its run %s is completed twice, under %d and %d", c.Forecast, first, c.Fence)
			}
			winner[c.Forecast] = c.Fence
		}
	}
	for _, r := range o.runs {
		fence, won := winner[r.Forecast]
		theirs := o.bare || strings.HasSuffix(r.Folder, fmt.Sprintf("/%s/%d", r.Forecast, fence))
		if won != (r.Status == "completed") || won && (r.Fence != fence || !theirs) {
			o.broken(ruleFence, r.Job, "its run %s is %s under %d in %s; the row was completed under %d", r.Forecast, r.Status, r.Fence, r.Folder, fence)
		}
	}
	o.said(said, winner)
}

// said compares what the processors say they completed with what was.
func (o *oracle) said(said []completion, winner map[string]int64) {
	for _, s := range said {
		if winner[s.ForecastID] != s.Fence {
			o.broken(ruleFence, s.JobID, "a processor says it completed run %s under %d; the row was completed under %d", s.ForecastID, s.Fence, winner[s.ForecastID])
		}
	}
}

// hands holds that each status is left and entered only by who may: a canceled
// job stays so unless somebody asks again, and only a processor completes.
func (o *oracle) hands() {
	for _, c := range o.changes {
		hand := c.Verb
		if hand == "" && c.Application != operator {
			hand = "a plain write of " + c.Application
		}
		step := c.OldStatus + " " + c.Status
		allowed := map[string]string{
			"claim":           "pending processing",
			"claim_suspect":   "pending processing",
			"complete":        "processing completed",
			"release":         "processing pending",
			"fail":            "processing pending, processing failed",
			"rescue":          "processing pending, processing failed",
			"report_progress": "processing processing",
			"promote":         "pending pending",
			"": " pending, pending pending, processing pending, completed pending, failed pending, canceled pending, " +
				"pending canceled, processing canceled",
		}
		steps, known := allowed[hand]
		may := false
		for _, s := range strings.Split(steps, ", ") {
			may = may || known && s == step
		}
		if !may {
			o.broken(ruleHands, c.Job, "%q changes it from %q to %q in version %d", hand, c.OldStatus, c.Status, c.Version)
		}
	}
}

// follow holds that the newest run of a job is where the job is, and that all
// others have ended.
func (o *oracle) follow() {
	rows := map[string]row{}
	for _, r := range o.rows {
		rows[r.Job] = r
	}
	for _, r := range o.runs {
		of := rows[r.Job]
		switch {
		case r.Forecast == of.Forecast && r.Status != of.Status:
			o.broken(ruleRuns, r.Job, "it is %s, its run %s is %s", of.Status, r.Forecast, r.Status)
		case r.Forecast != of.Forecast && (r.Status == "pending" || r.Status == "processing"):
			o.broken(ruleRuns, r.Job, "its older run %s is still %s", r.Forecast, r.Status)
		}
	}
}

// answered holds that every write that was acknowledged took place.
func (o *oracle) answered(answers []answer) {
	happened := map[answer]bool{}
	for _, c := range o.changes {
		happened[answer{c.Job, c.Version, c.Status}] = true
	}
	for _, a := range answers {
		if !happened[a] {
			o.broken(ruleAnswers, a.JobID, "somebody was told that it is %s in version %d", a.Status, a.Version)
		}
	}
}

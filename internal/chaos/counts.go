package chaos

// errors a further attempt may not meet.
var passing = map[string]bool{"storage_unavailable": true, "internal": true}

// mostCrashes is how often a processor may die under a run.
const mostCrashes = 3

// counts holds that attempts and crashes tell what happened since the run was
// asked for, and that a job fails no sooner and no later than they allow.
func (o *oracle) counts() {
	last := map[string]change{}
	for _, c := range o.changes {
		attempts, crashes := last[c.Job].Attempts, last[c.Job].Crashes
		switch {
		case c.asks() || c.Verb == "" && c.Status == "pending":
			attempts, crashes = 0, 0
		case c.claims():
			attempts++
		case c.Verb == "release":
			attempts--
		case c.Verb == "rescue":
			crashes++
		}
		if c.Attempts != attempts || c.Crashes != crashes {
			o.broken(ruleCounts, c.Job, "after %q in version %d it counts %d attempts and %d crashes, there were %d and %d",
				c.Verb, c.Version, c.Attempts, c.Crashes, attempts, crashes)
		}
		if c.Verb == "rescue" || c.Verb == "fail" {
			o.gaveUp(c)
		}
		last[c.Job] = c
	}
}

// gaveUp holds that a job ended for good exactly when nothing was left to try.
func (o *oracle) gaveUp(c change) {
	over := c.Attempts-c.Crashes >= c.Most || !passing[c.Code]
	if c.Verb == "rescue" {
		over = c.Crashes >= mostCrashes
	}
	if over != (c.Status == "failed") {
		o.broken(ruleCounts, c.Job, "it is %s with %q after %d attempts, %d crashes; %d tries were allowed", c.Status, c.Code, c.Attempts, c.Crashes, c.Most)
	}
}

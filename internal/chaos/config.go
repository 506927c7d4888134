package chaos

import (
	"fmt"
	"time"
)

// Config says what breaks and for how long. Binary and Dir are required.
type Config struct {
	Binary     string        // the pgcast to run
	Bare       bool          // Binary runs [Bare] and no forecasts: the files are not looked at
	Dir        string        // for everything that is written; the caller removes it
	Seed       uint64        // of the plan
	Jobs       int           // how many are asked for, most of them while things break; 0: 100
	Processors int           // processes; 0: 4
	Duration   time.Duration // how long things break; 0: 40 s
	Patience   time.Duration // for every job to end once nothing breaks any more; 0: 3 min
	Mending    time.Duration // for the files to be right once every job has ended; 0: 90 s
	Sweeping   time.Duration // for the folders of attempts that do not count to be gone; 0: not waited for
	Log        func(format string, args ...any)
}

func (c Config) withDefaults() Config {
	orElse(&c.Jobs, 100)
	orElse(&c.Processors, 4)
	orElse(&c.Duration, 40*time.Second)
	orElse(&c.Patience, 3*time.Minute)
	orElse(&c.Mending, 90*time.Second)
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	return c
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// slots is how many jobs one processor runs at once.
const slots = 3

// Report is what happened. It is printed as one line of JSON.
type Report struct {
	Seed       uint64         `json:"seed"`
	Jobs       int            `json:"jobs"`
	Processors int            `json:"processors"`
	Seconds    float64        `json:"seconds"`        // in all
	Ended      float64        `json:"ended_seconds"`  // from the end of the trouble until every job had ended
	Mended     float64        `json:"mended_seconds"` // from then until the files were right
	Strikes    map[string]int `json:"strikes"`        // what was done to it
	Storage    map[string]int `json:"storage"`        // requests that the storage did not answer as it should
	Said       map[string]int `json:"said"`           // lines of the processors' logs that tell of trouble
	Statuses   map[string]int `json:"statuses"`       // jobs in the end
	Changes    map[string]int `json:"changes"`        // changes of a row by verb
	Hasty      int            `json:"hasty_rescues"`  // jobs taken from processors that were alive and awake
	Violations []Violation    `json:"violations"`
}

// Violation is one promise that was not kept.
type Violation struct {
	Rule string `json:"rule"`
	Job  string `json:"job,omitempty"`
	Text string `json:"text"`
}

func (v Violation) String() string {
	if v.Job == "" {
		return fmt.Sprintf("%s: %s", v.Rule, v.Text)
	}
	return fmt.Sprintf("%s: job %s: %s", v.Rule, v.Job, v.Text)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/config"
)

// checkUp is `pgcast doctor`: it looks at a deployment from outside, and
// changes nothing but one small file that it writes and removes.
func checkUp(ctx context.Context, env Env, args []string) error {
	fs := flags(env, "doctor", "[--json]")
	asJSON := fs.Bool("json", false, "print the findings as JSON")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	d := &doctor{now: time.Now, client: &http.Client{Timeout: tokenTimeout}, told: printFinding(env.Stdout)}
	if *asJSON {
		d.told = func(finding) {}
	}
	c, err := config.Read(env.Getenv)
	d.examine(ctx, c, err)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if *asJSON {
		if err := printJSON(env.Stdout, d.report()); err != nil {
			return err
		}
	}
	if n := d.count(failed); n > 0 {
		return fmt.Errorf("%d of %d checks failed", n, len(d.findings))
	}
	return nil
}

// doctor examines a deployment. Each check says one thing about it.
type doctor struct {
	config   config.Config
	now      func() time.Time
	client   *http.Client
	told     func(finding) // of each finding as it is made
	findings []finding

	database   *db.DB // nil when it cannot be reached
	calls      db.Kind
	listen     db.Kind // "" when it cannot be reached
	replicated bool    // what the server needs for replication is there so far
}

// verdict is what a finding means.
type verdict string

const (
	healthy verdict = "ok"
	warned  verdict = "warn" // works, but not as well as it could
	failed  verdict = "fail" // does not work, or is open to others
)

// finding is the outcome of one check.
type finding struct {
	Check  string  `json:"check"`  // stable, snake_case
	Status verdict `json:"status"` // ok, warn or fail
	Text   string  `json:"text"`
	Advice string  `json:"advice,omitempty"` // what to do; "" when all is well
}

func (d *doctor) ok(check, format string, args ...any) {
	d.add(finding{check, healthy, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) warn(check, text, advice string) { d.add(finding{check, warned, text, advice}) }

func (d *doctor) fail(check, text, advice string) { d.add(finding{check, failed, text, advice}) }

func (d *doctor) add(f finding) {
	f.Text = strings.Join(strings.Fields(f.Text), " ") // errors may have several lines
	d.findings = append(d.findings, f)
	d.told(f)
}

func (d *doctor) count(v verdict) int {
	n := 0
	for _, f := range d.findings {
		if f.Status == v {
			n++
		}
	}
	return n
}

// report is the whole examination for machines.
func (d *doctor) report() any {
	return struct {
		OK       bool      `json:"ok"`
		Failed   int       `json:"failed"`
		Warned   int       `json:"warned"`
		Findings []finding `json:"findings"`
	}{d.count(failed) == 0, d.count(failed), d.count(warned), d.findings}
}

// examine makes every check that what is known so far allows.
func (d *doctor) examine(ctx context.Context, c config.Config, unreadable error) {
	d.config = c
	d.settings(unreadable)
	if c.DatabaseURL != "" {
		d.connections(ctx)
	}
	if d.database != nil {
		defer d.database.Close()
		d.server(ctx)
		d.schema(ctx)
		d.clock(ctx)
		d.wakePath(ctx)
	}
	if c.SupabaseURL != "" && c.ServiceKey != "" {
		d.storage(ctx)
	}
	d.tokens(ctx)
}

// printFinding writes a line for each finding, and under it what to do.
func printFinding(w io.Writer) func(finding) {
	return func(f finding) {
		fmt.Fprintf(w, "%-4s  %s\n", f.Status, f.Text)
		if f.Advice != "" {
			fmt.Fprintf(w, "        %s\n", f.Advice)
		}
	}
}

// each splits joined errors.
func each(err error) []error {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		return many.Unwrap()
	}
	return []error{err}
}

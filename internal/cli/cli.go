// Package cli puts the rooms together: one verb per service and per tool, with
// the same wiring in the binary and in the end-to-end tests.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the environment or a service failed
	exitUsage  = 2 // the command line is wrong
	exitData   = 3 // the file or the request is wrong

	// Of pgcast submit alone:
	exitAuth     = 4 // the access token is not good
	exitMissing  = 5 // there is no such job or result
	exitTimeout  = 6 // --timeout is over
	exitCanceled = 7 // the job was canceled
	exitNetwork  = 8 // the service cannot be reached, is busy or away
)

// Env is the world a verb sees. Only main knows package os's globals.
type Env struct {
	Getenv  func(string) string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Version string
}

type verb struct {
	name, args, does string
	run              func(ctx context.Context, env Env, args []string) error
}

func verbs() []verb {
	return []verb{
		{"up", "[--port N] [--data-dir DIR]", "everything on this machine: database, storage, services and page on one port", up},
		{"ingest", "", "the HTTP API and the web page", serveOne("ingest")},
		{"processor", "", "claims jobs and runs forecasts; any number of them", serveOne("processor")},
		{"notifier", "", "live status over websockets; any number of them", serveOne("notifier")},
		{"serve", "SERVICE…", "several services in one process on one port", serve},
		{"migrate", "", "brings the database and the bucket up to date", migrate},
		{"forecast", "FILE|- [--horizon N]", "forecasts a CSV file without a database", forecastFile},
		{"profile", "FILE|-", "prints what pgcast understands of a CSV file, as JSON", profileFile},
		{"submit", "FILE|-", "forecasts a file on a running pgcast", submit},
		{"doctor", "[--json]", "checks a deployment and says what to do about each finding", checkUp},
	}
}

// Run runs the verb that args[0] names and returns the exit code.
func Run(ctx context.Context, args []string, env Env) int {
	if len(args) > 1 && args[0] == "help" {
		args = []string{args[1], "--help"}
	}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(env.Stdout)
		return exitOK
	}
	if args[0] == "version" || args[0] == "--version" {
		fmt.Fprintln(env.Stdout, "pgcast", env.Version)
		return exitOK
	}
	names := []string{}
	for _, v := range verbs() {
		if v.name == args[0] {
			return report(env.Stderr, v, v.run(ctx, env, args[1:]))
		}
		names = append(names, v.name)
	}
	hint := "pgcast help lists the commands"
	if near := job.Nearest(args[0], names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	fmt.Fprintf(env.Stderr, "pgcast: unknown command %q; %s\n", args[0], hint)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "pgcast turns a CSV of time series into forecasts, with Postgres as the only moving part.\n\n")
	fmt.Fprint(w, "  pgcast forecast sales.csv --horizon 12     forecast a file here and now\n")
	fmt.Fprint(w, "  pgcast up                                  run everything and open the page\n\nCommands:\n")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-31s %s\n", strings.TrimSpace(v.name+" "+v.args), v.does)
	}
	fmt.Fprint(w, "\npgcast COMMAND --help lists its options.\n")
}

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// report prints an error once and turns it into an exit code.
func report(w io.Writer, v verb, err error) int {
	var (
		use  usageError
		data *dataset.Error
		spec *job.SpecError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &use):
		fmt.Fprintf(w, "pgcast %s: %s\n", v.name, use.text)
		return exitUsage
	case errors.As(err, &data):
		fmt.Fprintf(w, "pgcast %s: %s (%s)\n", v.name, data.Error(), data.Code)
		hint(w, data.Hint)
		return exitData
	case errors.As(err, &spec):
		fmt.Fprintf(w, "pgcast %s: %s (%s)\n", v.name, spec.Error(), spec.Code)
		hint(w, spec.Hint)
		if wrongAnyway(err, spec) {
			return exitUsage
		}
		return exitData
	}
	fmt.Fprintf(w, "pgcast %s: %v\n", v.name, err)
	var own *exitError
	if !errors.As(err, &own) {
		return exitFailed
	}
	hint(w, own.hint)
	return max(own.code, exitFailed)
}

// errRequest marks a request that is wrong whatever the file holds.
var errRequest = errors.New("the request is wrong")

// wrongAnyway reports whether no other file would make the request right.
func wrongAnyway(err error, spec *job.SpecError) bool {
	return errors.Is(err, errRequest) || spec.Code == "unknown_model" || spec.Code == "invalid_field"
}

func hint(w io.Writer, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %s\n", text)
	}
}

// isTerminal reports whether w is a terminal, where progress may be shown.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// logger writes JSON lines for services, which platforms collect, and text for
// a person at a terminal.
func logger(env Env, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if isTerminal(env.Stderr) {
		return slog.New(slog.NewTextHandler(env.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(env.Stderr, options))
}

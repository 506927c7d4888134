package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/internal/job"
)

// flags returns a flag set that reports mistakes as usage errors and prints
// its help on stdout.
func flags(env Env, name, args string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		fs.SetOutput(env.Stdout)
		fmt.Fprintln(env.Stdout, strings.TrimSpace("usage: pgcast "+name+" "+args))
		printFlags(env.Stdout, fs)
		if needsEnvironment(name) {
			fmt.Fprint(env.Stdout, environment)
		}
	}
	return fs
}

// parse reads flags before, between and after the positional arguments, and
// returns the latter.
func parse(fs *flag.FlagSet, args []string, most int) ([]string, error) {
	var rest []string
	help := fs.Usage
	fs.Usage = func() {} // a mistake is one line, not all of the help
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			help()
			return nil, err
		}
		if err != nil {
			return nil, usageError{err.Error() + "; " + nearFlag(fs, err)}
		}
		args = fs.Args()
		if len(args) == 0 {
			break
		}
		rest, args = append(rest, args[0]), args[1:]
	}
	if len(rest) > most {
		return nil, usageError{fmt.Sprintf("too many arguments: %s", strings.Join(rest[most:], " "))}
	}
	return rest, nil
}

// nearFlag is the flag that was meant by one that does not exist, or where to
// read about them.
func nearFlag(fs *flag.FlagSet, err error) string {
	const unknown = "flag provided but not defined: -"
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	wrong, isUnknown := strings.CutPrefix(err.Error(), unknown)
	if near := job.Nearest(wrong, names); isUnknown && near != "" {
		return fmt.Sprintf("did you mean --%s?", near)
	}
	return "see --help"
}

// placeholders stand for the values of flags whose usage names none.
var placeholders = map[string]string{"string": "TEXT", "int": "N", "number": "N", "duration": "5m"}

// printFlags lists the options as they are written everywhere else: with two
// dashes, and on one line where that fits.
func printFlags(w io.Writer, fs *flag.FlagSet) {
	fs.VisitAll(func(f *flag.Flag) {
		kind, does := flag.UnquoteUsage(f)
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		placeholder, ok := placeholders[kind]
		if !ok {
			placeholder = kind
		}
		if !slices.Contains([]string{"", "0", "0s", "false", "true"}, f.DefValue) {
			does += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(w, "  %-18s %s\n", strings.TrimSpace(dashes+f.Name+" "+placeholder), does)
	})
}

// environment is what the verbs of a deployment read.
const environment = `
environment, needed:
  DATABASE_URL               postgres://… of the database
  SUPABASE_URL               https://<ref>.supabase.co
  SUPABASE_SERVICE_ROLE_KEY  sb_secret_…, or the legacy service_role key
and where they apply:
  DATABASE_LISTEN_URL        a direct or session connection, where DATABASE_URL goes through a transaction pooler
  SUPABASE_JWT_SECRET        of a project that signs its tokens with the legacy secret
  PORT, ADMIN_ADDR           where to serve (8080), and where metrics and profiles (off)
docs/operations.md has all of them. pgcast doctor examines them; pgcast up sets them by itself.
`

func needsEnvironment(verb string) bool {
	return slices.Contains([]string{"serve", "migrate", "doctor"}, verb) || slices.Contains(services, verb)
}

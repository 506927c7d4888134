package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestStories runs the command stories in testdata/script. Beside the words of
// testscript they use those of words.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                words,
	})
}

var words = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":  exits,
	"lines":  lines,
	"isjson": isJSON,
	"within": within,
}

// exits CODE COMMAND… runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// lines FILE N: the file has N lines.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); got != want {
		ts.Fatalf("%s has %d lines, want %d", args[0], got, want)
	}
}

// isjson FILE: the file is one JSON value.
func isJSON(ts *testscript.TestScript, neg bool, args []string) {
	if json.Valid(bytes.TrimSpace([]byte(ts.ReadFile(args[0])))) == neg {
		ts.Fatalf("%s is JSON: %t", args[0], neg)
	}
}

// within FILE LOW HIGH: every number of a forecast lies there.
func within(ts *testscript.TestScript, _ bool, args []string) {
	low, err := strconv.ParseFloat(args[1], 64)
	ts.Check(err)
	high, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	for _, row := range rows[1:] {
		for _, cell := range row[2 : len(row)-1] {
			v, err := strconv.ParseFloat(cell, 64)
			ts.Check(err)
			if v < low || v > high {
				ts.Fatalf("%s lies outside of %s to %s in %q", cell, args[1], args[2], row)
			}
		}
	}
}

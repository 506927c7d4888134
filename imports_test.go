package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/pgcast/pgcast/"

// rooms says what a room may know of ours, itself and rooms inside it left
// aside. A room that is not listed may know nothing of ours. Knowledge flows
// one way: see docs/architecture.md.
var rooms = map[string][]string{
	"schema":                {},
	"web":                   {},
	"internal/job":          {},
	"internal/config":       {"internal/job"},
	"internal/service":      {},
	"internal/localpg":      {},
	"internal/logtest":      {},
	"forecast":              {},
	"dataset":               {"forecast/series"},
	"db":                    {"schema", "internal/job"},
	"db/dbtest":             {"db", "schema", "internal/job", "internal/localpg"},
	"internal/auth":         {"internal/job"},
	"internal/storage":      {"internal/job"},
	"internal/webhook":      {"internal/job"},
	"internal/telemetry":    {"internal/job"},
	"internal/localstorage": {"internal/auth", "internal/job"},
	"internal/problem":      {"dataset", "internal/job"},
	"internal/workbook":     {"dataset"},
	"internal/holidays":     {},
	"internal/engine":       {"dataset", "forecast", "internal/holidays", "internal/job"},
	"internal/chaos":        {"db", "internal/job", "internal/localpg", "internal/localstorage", "internal/storage", "processor"},
	"processor":             {"dataset", "internal/engine", "internal/job"},
	"processor/render":      {"internal/engine", "forecast"},
	"ingest":                {"dataset", "internal/auth", "internal/job", "internal/problem", "internal/workbook"},
	"notifier":              {"internal/auth", "internal/job", "internal/problem"},
}

// mayKnowAll put the rooms together.
var mayKnowAll = []string{"", "internal/cli", "internal/e2e", "scripts"}

// forecast is a library: it stands on the standard library and gonum alone.
var foreign = map[string][]string{
	"forecast":     {"gonum.org/v1/gonum"},
	"dataset":      {"golang.org/x/text"},
	"internal/job": {"github.com/google/uuid"},
}

func TestKnowledgeFlowsOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		room := strings.TrimPrefix(strings.TrimPrefix(fields[0], strings.TrimSuffix(module, "/")), "/")
		if !within(room, mayKnowAll...) {
			check(t, room, fields[1:])
		}
	}
}

func check(t *testing.T, room string, imports []string) {
	t.Helper()
	owner := ownerOf(room)
	if owner == "" {
		t.Errorf("%s is in no room: give it its place in rooms", room)
		return
	}
	for _, path := range imports {
		ours, isOurs := strings.CutPrefix(path, module)
		switch {
		case isOurs && !within(ours, append(rooms[owner], owner)...):
			t.Errorf("%s imports %s, which a room in %s must not know", room, ours, owner)
		case !isOurs && strings.Contains(path, ".") && foreign[owner] != nil && !within(path, foreign[owner]...):
			t.Errorf("%s imports %s, which %s does not stand on", room, path, owner)
		}
	}
}

// ownerOf is the most specific entry of rooms that room lies in.
func ownerOf(room string) string {
	best := ""
	for name := range rooms {
		if within(room, name) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

// within reports whether path is one of folders or lies inside one; the empty
// folder is the module's root package alone.
func within(path string, folders ...string) bool {
	for _, f := range folders {
		if path == f || f != "" && strings.HasPrefix(path, f+"/") {
			return true
		}
	}
	return false
}

package localpg

import (
	"strconv"
	"strings"
	"testing"
)

func TestParsePIDFile(t *testing.T) {
	t.Parallel()
	whole := "4711\n/data\n1700000000\n5432\n/socket\n\n  1234567  11\nready   \n"
	for name, tt := range map[string]struct {
		in     string
		pid    int
		status string
	}{
		"whole":        {whole, 4711, "ready"},
		"half written": {whole[:20], 4711, ""},
		"empty":        {"", 0, ""},
		"not a number": {"postgres\n", 0, ""},
		"a group":      {"-4711\n", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pid, status := parsePIDFile(tt.in)
			if pid != tt.pid || status != tt.status {
				t.Errorf("got %d %q, want %d %q", pid, status, tt.pid, tt.status)
			}
		})
	}
}

func FuzzParsePIDFile(f *testing.F) {
	f.Add("4711\n/data\n1700000000\n5432\n/socket\n\n  1234567  11\nready   \n")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		pid, status := parsePIDFile(s)
		if pid < 0 {
			t.Errorf("process id %d would signal a whole group", pid)
		}
		if pid > 0 && !strings.Contains(s, strconv.Itoa(pid)) {
			t.Errorf("process id %d does not stand in %q", pid, s)
		}
		if !strings.Contains(s, status) {
			t.Errorf("status %q does not stand in %q", status, s)
		}
	})
}

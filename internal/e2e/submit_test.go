package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pgcast submit says by its exit code what a script can act on.
func TestSubmitAnswersWithExitCodes(t *testing.T) {
	t.Parallel()
	d := startUp(t, dataDir(t))
	user := d.world().join(t)
	out := filepath.Join(t.TempDir(), "out.csv")
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	piped, err := os.ReadFile(sample())
	if err != nil {
		t.Fatal(err)
	}
	submit := func(args ...string) (code int, stdout, stderr string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"submit", "--url", d.url, "--token", user.token}, args...)...)
		var said, told bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(piped), &said, &told
		err := cmd.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		return code, said.String(), told.String()
	}
	code, stdout, stderr := submit(sample(), "--horizon", "6", "--wait", "-o", out)
	text, err := os.ReadFile(out)
	if code != 0 || stdout != "" || err != nil || strings.Count(string(text), "\n") != 7 || !strings.Contains(stderr, " completed\n") {
		t.Errorf("exit %d, %v: %q, %q, %q", code, err, stdout, stderr, text)
	}
	if code, stdout, stderr := submit("-", "--horizon", "2"); code != 0 || strings.Count(stdout, "\n") != 3 {
		t.Errorf("through a pipe: exit %d: %q, %q", code, stdout, stderr)
	}
	code, id, stderr := submit(sample(), "--wait=false", "--key", "k")
	again, same, _ := submit(sample(), "--wait=false", "--key", "k")
	if code != 0 || again != 0 || len(strings.TrimSpace(id)) != 36 || id != same || stderr != "" {
		t.Errorf("exit %d, %d: %q, %q, %q", code, again, id, same, stderr)
	}
	for name, c := range map[string]struct {
		code int
		says string
		args []string
	}{
		"no file":         {2, "no such file", []string{"nowhere.csv"}},
		"no such model":   {2, "did you mean", []string{sample(), "--model", "thta"}},
		"a bad file":      {3, "(empty_file)", []string{bad}},
		"no such column":  {3, "(column_not_found)", []string{sample(), "--target", "Passenger"}},
		"a bad token":     {4, "(unauthenticated)", []string{sample(), "--token", "nonsense"}},
		"too little time": {6, "the job goes on", []string{sample(), "--timeout", "1ms"}},
		"nobody there":    {8, "is pgcast running", []string{sample(), "--url", "http://127.0.0.1:1"}},
	} {
		code, stdout, stderr := submit(c.args...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit %d, want %d: %q, %q", name, code, c.code, stdout, stderr)
		}
	}
}

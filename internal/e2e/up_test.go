package e2e

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestUpStartsAgainOnItsDirectory(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := startUp(t, dir)
	user := first.world().join(t)
	id := user.upload(t, sample(), "")
	forecast := user.forecast(t, id)

	refusedMeanwhile(t, dir)
	left := append(first.world().serverPIDs(t), first.cmd.Process.Pid)
	first.stop(t)
	checkGone(t, left, dir)

	second := startUp(t, dir)
	user.url = second.world().url // the token is still good
	second.world().checkWhole(t, user, id, forecastFile(t, sample()))
	if again := user.forecast(t, id); again.ForecastID == forecast.ForecastID {
		t.Error("the second process did not run the job again")
	}
	left = append(second.world().serverPIDs(t), second.cmd.Process.Pid)
	second.stop(t)
	checkGone(t, left, dir)
}

// refusedMeanwhile starts another one on the directory: it says in one line
// what is the matter, and ends.
func refusedMeanwhile(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, "up", "--port", "0", "--data-dir", dir).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() < 1 {
		t.Errorf("a second pgcast up on the same directory: %v", err)
	}
	said := strings.TrimSpace(string(out))
	if strings.Contains(said, "\n") || !strings.Contains(said, "another pgcast is running") || !strings.Contains(said, filepath.Base(dir)) {
		t.Errorf("a second pgcast up on the same directory says:\n%s", said)
	}
}

// checkGone holds that the processes have ended, and that no other one works
// on the directory.
func checkGone(t *testing.T, pids []int, dir string) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, "a process has ended", func() bool {
			return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
		})
	}
	out, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "args").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) {
			t.Errorf("left behind: %s", line)
		}
	}
}

//go:build unix && !linux

package localpg

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// occupants returns the postmaster that runs on the data directory, told by
// its command line. Its children cannot be told from others here; they end
// when they notice that it is gone.
func occupants(data string) ([]int, error) {
	out, err := exec.Command("ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes with ps: %w", err)
	}
	var pids []int
	for line := range strings.Lines(string(out)) {
		pid, command, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || !strings.Contains(command, "postgres -D "+data+" -c ") {
			continue
		}
		if n, err := strconv.Atoi(pid); err == nil {
			pids = append(pids, n)
		}
	}
	return pids, nil
}

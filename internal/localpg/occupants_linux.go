package localpg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// occupants returns the Postgres processes that run on the data directory:
// each of them, the postmaster and its children, has it as its working
// directory. Processes of other users, which we may not look at, are not
// ours to stop.
func occupants(data string) ([]int, error) {
	procs, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, p := range procs {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		dir, err := os.Readlink(filepath.Join("/proc", p.Name(), "cwd"))
		if err != nil || dir != data {
			continue
		}
		exe, err := os.Readlink(filepath.Join("/proc", p.Name(), "exe"))
		if err == nil && strings.HasPrefix(filepath.Base(exe), "postgres") {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Command dataset measures what it costs to profile a large panel: the
// processor time of a full profile beside encoding/csv with time.Parse and
// strconv.ParseFloat, on one core and in the same run, and the memory both
// take. It makes its own files and prints one JSON line per figure.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

func main() {
	_ = flag.String("pgcast", "", "not used: the library is measured")
	megabytes := flag.Int("megabytes", 500, "size of the large panel")
	runs := flag.Int("runs", 3, "runs of each reader; the fastest counts")
	reader := flag.String("reader", "", "inner use: run one reader on the file named behind, and end")
	flag.Parse()
	err := error(nil)
	if *reader != "" {
		if err = read(*reader, flag.Arg(0)); err == nil {
			err = tellMemory()
		}
	} else {
		err = run(*megabytes, *runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dataset:", err)
		os.Exit(1)
	}
}

func run(megabytes, runs int) error {
	dir, err := os.MkdirTemp("", "pgcast-dataset-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	small, large := filepath.Join(dir, "small.csv"), filepath.Join(dir, "large.csv")
	if err := writePanel(small, 5_000_000); err != nil {
		return err
	}
	if err := writePanel(large, megabytes*1_000_000); err != nil {
		return err
	}
	if err := preview(large); err != nil {
		return err
	}
	cost := map[string]float64{}
	memory := map[string]float64{}
	for range runs { // the readers take turns, so that a busy neighbour meets all of them
		for _, r := range []string{"profile", "standard", "idle"} {
			for _, file := range []string{small, large} {
				cpu, resident, err := child(r, file)
				if err != nil {
					return err
				}
				key := r + " " + filepath.Base(file)
				if before, ok := cost[key]; !ok || cpu < before {
					cost[key] = cpu
				}
				memory[key] = max(memory[key], resident)
			}
		}
	}
	size := float64(megabytes)
	figure("profile_cpu", cost["profile large.csv"], "s", 0)
	figure("standard_cpu", cost["standard large.csv"], "s", 0)
	figure("profile_speed", size/cost["profile large.csv"], "MB/s of processor time", 0)
	figure("profile_over_standard", cost["profile large.csv"]/cost["standard large.csv"], "x", 0.4)
	figure("profile_memory_above_idle", memory["profile large.csv"]-memory["idle large.csv"], "MiB", 64)
	figure("profile_memory_large_over_small", memory["profile large.csv"]/memory["profile small.csv"], "x", 1.2)
	return nil
}

// child runs a reader in a process of its own and returns its processor time
// in seconds and its largest resident memory in MiB.
func child(reader, file string) (cpu, resident float64, err error) {
	cmd := exec.Command(os.Args[0], "-reader", reader, file)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%s %s: %w", reader, file, err)
	}
	if _, err := fmt.Sscan(string(out), &resident); err != nil {
		return 0, 0, fmt.Errorf("%s %s: memory: %w", reader, file, err)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), resident, nil
}

// tellMemory prints the largest resident memory of this process in MiB. The
// kernel's figure for a child that has ended would hold its parent's, from
// before the program was loaded.
func tellMemory() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, behind, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes := 0
	if _, err := fmt.Sscan(behind, &kilobytes); err != nil {
		return err
	}
	_, err = fmt.Println(float64(kilobytes) / 1024)
	return err
}

// preview times the profile of the first MiB.
func preview(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return err
	}
	var took []time.Duration
	for range 20 {
		begun := time.Now()
		if _, err := dataset.Scan(context.Background(), strings.NewReader(string(head)), dataset.DefaultLimits); err != nil {
			return err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	figure("preview_after_first_mib_p50", took[len(took)/2].Seconds()*1000, "ms", 100)
	figure("preview_after_first_mib_max", took[len(took)-1].Seconds()*1000, "ms", 100)
	return nil
}

// figure prints one measurement; target 0 means that there is none.
func figure(name string, value float64, unit string, target float64) {
	line := map[string]any{"benchmark": "dataset", "figure": name, "value": value, "unit": unit}
	if target > 0 {
		line["target"] = target
	}
	out, _ := json.Marshal(line)
	fmt.Println(string(out))
}

// writePanel writes 1,000 series (fewer when the file is small) of hourly
// values, one after the other.
func writePanel(name string, size int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	const rowBytes = 38
	length := max(1000, size/rowBytes/1000)
	_, _ = w.WriteString("unique_id,ds,y\n")
	var row []byte
	for i := range size / rowBytes {
		row = fmt.Appendf(row[:0], "id_%06d,", i/length)
		row = start.Add(time.Duration(i%length)*time.Hour).AppendFormat(row, "2006-01-02 15:04:05")
		row = fmt.Appendf(row, ",%.3f\n", 100+float64(i*7919%99991)/1000)
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

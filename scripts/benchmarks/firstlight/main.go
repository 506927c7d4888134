// Command firstlight measures what a user feels first: how long `pgcast up`
// takes to be ready, how long a small upload takes until the browser hears
// "completed", how much memory an idle pgcast holds, how large the binary is.
// It prints one JSON line per figure.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

func main() {
	binary := flag.String("pgcast", "bin/pgcast", "the binary to measure")
	uploads := flag.Int("uploads", 60, "uploads to time")
	flag.Parse()
	if err := run(*binary, *uploads); err != nil {
		fmt.Fprintln(os.Stderr, "firstlight:", err)
		os.Exit(1)
	}
}

func run(binary string, uploads int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	figure("binary_size", float64(info.Size())/1e6, "MB", 60)
	dir, err := os.MkdirTemp("", "pgcast-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	first, err := start(ctx, binary, dir)
	if err != nil {
		return err
	}
	figure("first_up_to_ready", first.ready.Seconds(), "s", 10)
	if err := first.stop(); err != nil {
		return err
	}
	second, err := start(ctx, binary, dir)
	if err != nil {
		return err
	}
	defer second.stop()
	figure("later_up_to_ready", second.ready.Seconds(), "s", 2)
	return measure(ctx, second, binary, uploads)
}

func measure(ctx context.Context, s *server, binary string, uploads int) error {
	client, err := newClient(ctx, s)
	if err != nil {
		return err
	}
	defer client.close()
	time.Sleep(5 * time.Second) // let it become idle
	resident, err := s.resident()
	if err != nil {
		return err
	}
	figure("idle_resident", resident/1e6, "MB", 150)
	file := filepath.Join(s.dir, "air_passengers.csv")
	if err := os.WriteFile(file, []byte(airPassengers()), 0o600); err != nil {
		return err
	}
	var waits, cpus []float64
	for i := range uploads + 3 {
		wait, err := client.roundTrip(ctx, file)
		if err != nil {
			return err
		}
		cpu, err := cpuOfForecast(ctx, binary, file)
		if err != nil {
			return err
		}
		if i >= 3 { // the first ones warm caches up
			waits, cpus = append(waits, wait), append(cpus, cpu)
		}
	}
	cpu := figures.Quantile(cpus, 0.5)
	figure("forecast_cpu_p50", cpu, "ms", 0)
	figure("upload_to_completed_p50", figures.Quantile(waits, 0.5), "ms", cpu+150)
	figure("upload_to_completed_p99", figures.Quantile(waits, 0.99), "ms", 0)
	return nil
}

// figure prints one figure; atMost 0 means that nothing was promised.
func figure(name string, value float64, unit string, atMost float64) {
	line := map[string]any{"figure": name, "value": float64(int(value*1000)) / 1000, "unit": unit}
	if atMost > 0 {
		line["at_most"], line["holds"] = float64(int(atMost*1000))/1000, value <= atMost
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

// cpuOfForecast is the processor time, user and system, of the engine alone,
// in milliseconds.
func cpuOfForecast(ctx context.Context, binary, file string) (float64, error) {
	cmd := exec.CommandContext(ctx, binary, "forecast", file, "--quiet")
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("pgcast forecast: %w", err)
	}
	return float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Microseconds()) / 1000, nil
}

// server is a running `pgcast up`.
type server struct {
	cmd   *exec.Cmd
	dir   string
	url   string
	ready time.Duration
}

func start(ctx context.Context, binary, dir string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	s := &server{dir: dir, url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	s.cmd = exec.CommandContext(ctx, binary, "up", "--port", strconv.Itoa(port), "--data-dir", filepath.Join(dir, "data"))
	s.cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < time.Minute {
		res, err := http.Get(s.url + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				s.ready = time.Since(begin)
				return s, nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, fmt.Errorf("pgcast up was not ready after a minute: %w", s.stop())
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended
	}
	return s.cmd.Wait()
}

// resident is the resident memory of the pgcast process, in bytes.
func (s *server) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib * 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", s.cmd.Process.Pid)
}

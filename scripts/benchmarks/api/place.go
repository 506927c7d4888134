package main

import (
	"bufio"
	"context"
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
)

// place is `pgcast up`, of which the database and the storage are used, and
// beside it `pgcast ingest` in a process of its own: the door that is measured.
type place struct {
	binary, dir string
	up, door    *exec.Cmd
	env         map[string]string
	url         string // of the door
	log         *os.File
}

func open(ctx context.Context, binary string) (*place, error) {
	dir, err := os.MkdirTemp("", "pgcast-bench-*")
	if err != nil {
		return nil, err
	}
	p := &place{binary: binary, dir: dir}
	if p.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	p.up = exec.Command(binary, "up", "--port", "0", "--data-dir", filepath.Join(dir, "data"))
	p.up.Stderr = p.log
	if err := p.up.Start(); err != nil {
		return p, err
	}
	if err := p.until(ctx, func() bool { return p.readEnv() == nil && answers(p.env["PGCAST_URL"]) }); err != nil {
		return p, err
	}
	p.door, p.url, err = p.startDoor(ctx, binary)
	return p, err
}

// startDoor starts `pgcast ingest` and waits until it is ready.
func (p *place) startDoor(ctx context.Context, binary string, more ...string) (*exec.Cmd, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	cmd := exec.Command(binary, "ingest")
	cmd.Env = append(os.Environ(), "PORT="+strconv.Itoa(port), "RATE_LIMIT_PER_MINUTE=0", "LOG_LEVEL=warn")
	cmd.Env = append(cmd.Env, more...)
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = p.log
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	return cmd, url, p.until(ctx, func() bool { return answers(url) })
}

func answers(url string) bool {
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (p *place) until(ctx context.Context, holds func() bool) error {
	for start := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if ctx.Err() != nil || time.Since(start) > 2*time.Minute {
			text, _ := os.ReadFile(p.log.Name()) // it goes with the place
			return fmt.Errorf("pgcast did not become ready; its log ends: %s", text[max(0, len(text)-500):])
		}
	}
	return nil
}

func (p *place) readEnv() error {
	file, err := os.Open(filepath.Join(p.dir, "data", "env"))
	if err != nil {
		return err
	}
	defer file.Close()
	p.env = map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		p.env[name] = strings.Trim(value, "'")
	}
	return nil
}

func (p *place) close() {
	for _, cmd := range []*exec.Cmd{p.door, p.up} {
		stop(cmd)
	}
	_ = os.RemoveAll(p.dir)
}

func stop(cmd *exec.Cmd) {
	if cmd != nil && cmd.Process != nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
}

// resident reads VmRSS or VmHWM of a process, in bytes.
func resident(pid int, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", name, pid)
}

// forgetPeak starts VmHWM anew.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

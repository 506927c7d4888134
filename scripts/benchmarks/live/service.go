package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// service is a server under measurement, a process of its own.
type service struct {
	*exec.Cmd
	port  int
	began time.Time
}

// notifier starts `pgcast notifier`; it listens for changes at url.
func (h *house) notifier(ctx context.Context, url string) (*service, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return h.notifierAt(ctx, url, port)
}

func (h *house) notifierAt(ctx context.Context, url string, port int) (*service, error) {
	s := &service{Cmd: exec.CommandContext(ctx, h.pgcast, "notifier"), port: port}
	s.Env = append(os.Environ(), "DATABASE_URL="+h.url, "DATABASE_LISTEN_URL="+url, "PORT="+strconv.Itoa(port), "SUPABASE_URL="+project,
		"SUPABASE_SERVICE_ROLE_KEY=sb_secret_bench", "SUPABASE_ANON_KEY="+anonKey, "SUPABASE_JWT_SECRET="+secret, "LOG_LEVEL=error")
	s.Stderr, s.began = os.Stderr, time.Now()
	return s, s.Start()
}

// listening is the URL of a role that may not replicate.
func (h *house) listening() string { return strings.Replace(h.url, "postgres@", plain+"@", 1) }

// serving starts a notifier and waits until a source serves.
func (h *house) serving(ctx context.Context, source string) (*service, error) {
	url := h.url
	if source == "listen" {
		url = h.listening()
	}
	s, err := h.notifier(ctx, url)
	if err != nil {
		return nil, err
	}
	return s, s.serves(ctx, source, h.patience)
}

// serves waits until a source serves: the one that is named, or any.
func (s *service) serves(ctx context.Context, source string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now := ""
	for now == "" || now == "none" || source != "" && now != source {
		var err error
		if now, err = s.source(ctx); err != nil && ctx.Err() != nil {
			return fmt.Errorf("the notifier serves from %q, not %q: %w", now, source, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the notifier serves from %q, not %q: %w", now, source, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// source asks what serves.
func (s *service) source(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", s.port), nil)
	if err != nil {
		return "", err
	}
	request.Close = true // connections are counted
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var ready struct {
		Source string `json:"source"`
	}
	err = json.NewDecoder(answer.Body).Decode(&ready)
	return ready.Source, err
}

// kill is kill -9.
func (s *service) kill() {
	_ = s.Process.Kill()
	_ = s.Wait()
}

// spent is the processor time it has used, in seconds.
func (s *service) spent() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Process.Pid))
	if err != nil {
		return 0
	}
	// pid (name) state ppid …: see proc_pid_stat(5). A tick is a hundredth of a
	// second on every Linux we know.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// resident is its memory, in KiB.
func (s *service) resident() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kib
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

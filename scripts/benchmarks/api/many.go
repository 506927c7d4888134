package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgcast/pgcast/ingest/client"
)

// many has 16 clients upload at once, to a door built with the race detector.
func many(ctx context.Context, p *place, s sizes) error {
	binary := filepath.Join(p.dir, "pgcast-race")
	build := exec.CommandContext(ctx, "go", "build", "-race", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build with -race: %w: %s", err, out)
	}
	door, url, err := p.startDoor(ctx, binary, "GORACE=halt_on_error=1 exitcode=66")
	if err != nil {
		return err
	}
	var file bytes.Buffer
	file.WriteString("day,sales\n")
	for i := range 60 {
		fmt.Fprintf(&file, "%s,%d\n", time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 100+i%7)
	}
	var failed atomic.Int64
	var first atomic.Pointer[error]
	var all sync.WaitGroup
	started := time.Now()
	for range 16 {
		all.Go(func() {
			c := client.New(url, p.env["PGCAST_ACCESS_TOKEN"])
			for range s.uploads {
				if _, err := c.Upload(ctx, "sales.csv", bytes.NewReader(file.Bytes()), client.UploadOptions{}); err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(started)
	stop(door)
	clean := door.ProcessState != nil && door.ProcessState.Success()
	log, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err
	}
	races := strings.Count(string(log), "WARNING: DATA RACE")
	figure("uploads_under_race", float64(16*s.uploads)/took.Seconds(), "uploads/s", "no failure, no race, a clean stop", failed.Load() == 0 && races == 0 && clean,
		map[string]any{"uploads": 16 * s.uploads, "failed": failed.Load(), "races": races, "clean_stop": clean})
	if e := first.Load(); e != nil {
		return errors.Join(errors.New("the first failure"), *e)
	}
	return nil
}

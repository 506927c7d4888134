package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// transfer sends a large file through the door and straight to the storage, in
// turns, by curl; and takes it back. The door's memory is watched from outside.
func transfer(ctx context.Context, p *place, s sizes) error {
	file := filepath.Join(p.dir, "big.csv")
	if err := writeBig(file, s.file); err != nil {
		return err
	}
	pid := p.door.Process.Pid
	if _, _, err := p.upload(ctx, filepath.Join(p.dir, "small.csv")); err != nil { // everything is warm
		return err
	}
	var ratios, rates []float64
	var grownUp, grownDown int64
	for range s.rounds {
		straight, err := p.straight(ctx, file)
		if err != nil {
			return err
		}
		grown, took, id, err := p.watched(ctx, pid, func() (time.Duration, string, error) { return p.upload(ctx, file) })
		if err != nil {
			return err
		}
		grownUp = max(grownUp, grown)
		ratios = append(ratios, straight.Seconds()/took.Seconds())
		rates = append(rates, float64(s.file)/1e6/took.Seconds())
		grown, _, _, err = p.watched(ctx, pid, func() (time.Duration, string, error) {
			return p.curl(ctx, "-o", os.DevNull, "-H", p.bearer(), p.url+"/v1/jobs/"+id+"/files/input.csv")
		})
		if err != nil {
			return err
		}
		grownDown = max(grownDown, grown)
	}
	ratio := figures.Quantile(ratios, 0.5)
	figure("upload_throughput", figures.Quantile(rates, 0.5), "MB/s", "ratio ≥ 0.5", ratio >= 0.5, map[string]any{"ratio": float64(int(ratio*100)) / 100, "to": "curl straight to the storage", "file_mib": s.file >> 20})
	figure("upload_growth", float64(grownUp)/(1<<20), "MiB", "≤ 32 MiB", grownUp <= 32<<20, map[string]any{"file_mib": s.file >> 20})
	figure("download_growth", float64(grownDown)/(1<<20), "MiB", "≤ 32 MiB", grownDown <= 32<<20, map[string]any{"file_mib": s.file >> 20})
	return nil
}

// watched says by how much a process grew at most while do was under way.
func (p *place) watched(_ context.Context, pid int, do func() (time.Duration, string, error)) (grown int64, took time.Duration, id string, err error) {
	if err := forgetPeak(pid); err != nil {
		return 0, 0, "", err
	}
	before, err := resident(pid, "VmRSS")
	if err != nil {
		return 0, 0, "", err
	}
	if took, id, err = do(); err != nil {
		return 0, 0, "", err
	}
	after, err := resident(pid, "VmHWM")
	return max(after-before, 0), took, id, err
}

func (p *place) bearer() string { return "Authorization: Bearer " + p.env["PGCAST_ACCESS_TOKEN"] }

// upload sends a file through the door, and makes a small one that is missing.
func (p *place) upload(ctx context.Context, file string) (time.Duration, string, error) {
	if _, err := os.Stat(file); err != nil {
		if err := writeBig(file, 10_000); err != nil {
			return 0, "", err
		}
	}
	return p.curl(ctx, "-F", "file=@"+file, "-H", p.bearer(), p.url+"/v1/upload")
}

// straight sends a file to the storage.
func (p *place) straight(ctx context.Context, file string) (time.Duration, error) {
	took, _, err := p.curl(ctx, "-F", "=@"+file, "-H", "Authorization: Bearer "+p.env["SUPABASE_SERVICE_ROLE_KEY"],
		p.env["SUPABASE_URL"]+"/storage/v1/object/forecast-uploads/straight/"+uuid.NewString()+".csv")
	return took, err
}

// curl runs curl, and reads the job's id when the answer has one.
func (p *place) curl(ctx context.Context, args ...string) (took time.Duration, id string, err error) {
	started := time.Now()
	var said, told bytes.Buffer
	cmd := exec.CommandContext(ctx, "curl", append([]string{"-sS", "--fail-with-body"}, args...)...)
	cmd.Stdout, cmd.Stderr = &said, &told
	err = cmd.Run()
	took = time.Since(started)
	if err != nil {
		return took, "", fmt.Errorf("curl: %w: %s%.500s", err, told.String(), said.String())
	}
	var made struct {
		ID string `json:"job_id"`
	}
	_ = json.Unmarshal(said.Bytes(), &made) // of a download there is none
	return took, made.ID, nil
}

// writeBig writes a CSV of about so many bytes.
func writeBig(name string, size int64) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	line := []byte("hour,load\n")
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for written := int64(0); written < size; at = at.Add(time.Minute) {
		n, err := w.Write(line)
		if err != nil {
			return err
		}
		written += int64(n)
		line = append(strconv.AppendInt(append(at.AppendFormat(line[:0], time.DateTime), ','), written%9973, 10), '\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

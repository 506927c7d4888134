package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// competition forecasts the series of M3 and scores them.
func competition(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "pgcast-accuracy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := split(s.m3(), dir)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	begin, cpu := time.Now(), time.Duration(0)
	for _, p := range files {
		text, used, err := p.forecast(ctx, s.pgcast, s.model)
		if err != nil {
			return err
		}
		cpu += used
		header, rows, _ := bytes.Cut(text, []byte("\n"))
		if all.Len() == 0 {
			all.Write(append(header, '\n'))
		}
		all.Write(rows)
	}
	elapsed := time.Since(begin)
	forecasts := filepath.Join(dir, s.model+".csv")
	if s.keep != "" {
		forecasts = s.keep
	}
	if err := os.WriteFile(forecasts, all.Bytes(), 0o600); err != nil {
		return err
	}
	if err := score(ctx, s, forecasts); err != nil {
		return err
	}
	if err := worse(s, all.Bytes()); err != nil {
		return err
	}
	return show(map[string]any{"figure": "m3_time", "model": s.model, "wall_s": elapsed.Seconds(), "cpu_s": cpu.Seconds()})
}

// score runs the scorer and prints its rows about the forecasts.
func score(ctx context.Context, s settings, forecasts string) error {
	m3 := s.m3()
	cmd := exec.CommandContext(ctx, "python3", filepath.Join(s.shared, "tools", "score_forecasts.py"), "--json",
		"--train", filepath.Join(m3, "train.csv.gz"), "--truth", filepath.Join(m3, "test.csv.gz"),
		"--meta", filepath.Join(m3, "meta.csv"), "--forecast", forecasts)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("score: %w", err)
	}
	var table struct {
		Scores []map[string]any `json:"scores"`
	}
	if err := json.Unmarshal(out, &table); err != nil {
		return fmt.Errorf("read the scores: %w", err)
	}
	for _, row := range table.Scores {
		if row["method"] == "naive2" {
			continue
		}
		row["figure"], row["model"] = "m3_accuracy", s.model
		delete(row, "method")
		if err := show(row); err != nil {
			return err
		}
	}
	return nil
}

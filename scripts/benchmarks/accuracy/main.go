// Command accuracy forecasts the 3,003 series of the M3 competition with
// `pgcast forecast` and prints one JSON line per group of them: the scores of
// the M4 competition, and how long it took. Data and scorer lie beside the
// clone, in ../shared; the scorer needs python3.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	binary := flag.String("pgcast", "bin/pgcast", "the binary to measure")
	shared := flag.String("shared", "../shared", "the folder with data/forecast/m3 and tools")
	model := flag.String("model", "auto", "the model to score")
	flag.Parse()
	if err := run(*binary, *shared, *model); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func run(binary, shared, model string) error {
	dir, err := os.MkdirTemp("", "pgcast-accuracy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m3 := filepath.Join(shared, "data", "forecast", "m3")
	parts, err := split(m3, dir)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	begin, cpu := time.Now(), time.Duration(0)
	for _, p := range parts {
		text, used, err := p.forecast(binary, model)
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
	forecasts := filepath.Join(dir, model+".csv")
	if err := os.WriteFile(forecasts, all.Bytes(), 0o600); err != nil {
		return err
	}
	if err := score(m3, shared, forecasts, model); err != nil {
		return err
	}
	line, err := json.Marshal(map[string]any{"figure": "m3_time", "model": model, "wall_s": elapsed.Seconds(), "cpu_s": cpu.Seconds()})
	fmt.Println(string(line))
	return err
}

// score runs the scorer and prints its rows about the forecasts.
func score(m3, shared, forecasts, model string) error {
	cmd := exec.Command("python3", filepath.Join(shared, "tools", "score_forecasts.py"), "--json",
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
		row["figure"], row["model"] = "m3_accuracy", model
		delete(row, "method")
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

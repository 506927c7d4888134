// Command api measures the door: how long a page of a list takes in a table of
// a million jobs, how fast and in how much memory large files go in and out,
// what a refused upload costs the next call, and whether 16,000 uploads at once
// go well under the race detector. It prints one JSON line per figure.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// part is one of the things that can be measured alone.
type part struct {
	name string
	run  func(context.Context, *place, sizes) error
}

var parts = []part{{"refused", refused}, {"transfer", transfer}, {"jobs", jobs}, {"many", many}}

// sizes say how much is done.
type sizes struct {
	file    int64         // bytes of a large file
	rounds  int           // of a throughput
	rows    int           // of the table jobs
	time    time.Duration // of requests at 100 a second
	uploads int           // of each of 16 clients
}

func main() {
	binary := flag.String("pgcast", "bin/pgcast", "the binary to measure")
	short := flag.Bool("short", false, "the same, small")
	flag.Parse()
	s := sizes{file: 200 << 20, rounds: 3, rows: 1_000_000, time: 30 * time.Second, uploads: 1000}
	if *short {
		s = sizes{file: 20 << 20, rounds: 1, rows: 20_000, time: 3 * time.Second, uploads: 20}
	}
	if err := run(*binary, s, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

func run(binary string, s sizes, only []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	p, err := open(ctx, binary)
	if err != nil {
		return err
	}
	defer p.close()
	for _, part := range parts {
		if len(only) > 0 && !slices.Contains(only, part.name) {
			continue
		}
		if err := part.run(ctx, p, s); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// figure prints one figure with what was promised; goal "" when nothing was.
func figure(name string, value float64, unit, goal string, holds bool, more map[string]any) {
	line := map[string]any{"figure": name, "value": float64(int(value*1000)) / 1000, "unit": unit}
	if goal != "" {
		line["goal"], line["ok"] = goal, holds
	}
	for k, v := range more {
		line[k] = v
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

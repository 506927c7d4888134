// Command queue measures the claim path on one private Postgres with fsync on:
// throughput, the time from request to start, recovery after kill -9, fairness,
// the cost of a claim, of a bulk reset, and of progress. Beside pgcast runs a
// hand-written floor, and River, interleaved and repeated in the same run.
//
// It prints one JSON line per figure. Names of figures as arguments limit it to
// them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
)

// settings is how long and how often to measure.
type settings struct {
	pgcast string // the binary
	river  string // the binary of scripts/benchmarks/river; "": without River

	rounds  int
	jobs    int // of a round of throughput
	seconds int // of a round of latency
	outlier int // jobs in all that are looked at for an outlier
	crashes int
	backlog int // pending rows of somebody else
	asks    int // jobs asked for behind them
	claims  int // claims of each kind
	history int // completed rows
	dead    int // dead index entries
	bulk    int // rows of a bulk reset
	running int // rows that report progress
	reports int // each
}

var long = settings{
	rounds: 3, jobs: 20_000, seconds: 20, outlier: 5000, crashes: 10, backlog: 100_000, asks: 20,
	claims: 200, history: 1_000_000, dead: 20_000, bulk: 100_000, running: 200, reports: 100,
}

var short = settings{
	rounds: 1, jobs: 4000, seconds: 4, outlier: 200, crashes: 2, backlog: 10_000, asks: 5,
	claims: 50, history: 50_000, dead: 5000, bulk: 10_000, running: 50, reports: 20,
}

// part is a group of figures.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

var parts = []part{
	{"throughput", throughput},
	{"latency", latency},
	{"recovery", recovery},
	{"fairness", fairness},
	{"claim", claimCost},
	{"bulk", bulk},
	{"progress", progress},
}

func main() {
	pgcast := flag.String("pgcast", "bin/pgcast", "the binary of pgcast")
	river := flag.String("river", "", "the binary of scripts/benchmarks/river; empty: without River")
	quick := flag.Bool("short", false, "everything small, in about a minute; its figures prove little")
	rounds := flag.Int("rounds", 0, "rounds of each comparison; 0: 3, or 1 with -short")
	jobs := flag.Int("jobs", 0, "jobs of a round of throughput; 0: 20,000, or 4,000 with -short")
	profile := flag.String("cpuprofile", "", "write a profile of pgcast's and the floor's processor time to this file")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: scripts/bench queue [flags] ["+strings.Join(names(), "|")+" …]")
		flag.PrintDefaults()
	}
	flag.Parse()
	s := long
	if *quick {
		s = short
	}
	s.pgcast, s.river = *pgcast, *river
	if *rounds > 0 {
		s.rounds = *rounds
	}
	if *jobs > 0 {
		s.jobs = *jobs
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := profiled(*profile, func() error { return run(ctx, s, flag.Args()) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "queue:", err)
		os.Exit(1)
	}
}

func profiled(file string, do func() error) error {
	if file == "" {
		return do()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return do()
}

func names() []string {
	var list []string
	for _, p := range parts {
		list = append(list, p.name)
	}
	return list
}

func run(ctx context.Context, s settings, chosen []string) error {
	for _, name := range chosen {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no figure %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	b, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer b.close()
	for _, p := range parts {
		if len(chosen) > 0 && !slices.Contains(chosen, p.name) {
			continue
		}
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

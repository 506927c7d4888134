// Command accuracy measures the forecasts, and prints one JSON line per figure:
//
//	m3        `pgcast forecast` on the 3,003 series of the M3 competition: the
//	          scores of the M4 competition by group, how many are much worse than
//	          the seasonal naive, and how long it took
//	fidelity  the models on well-known series, beside R's fits of the same ones
//	speed     the models on monthly series of M3, beside R's, on one core; needs
//	          R with its forecast package, and says so where it is not
//
// Names of parts as arguments limit it to them. Data and scorer lie beside the
// clone, in ../shared; the scorer needs python3.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// settings is what to measure.
type settings struct {
	pgcast string // the binary
	shared string // the folder of data and tools
	model  string // of m3
	keep   string // a file for its forecasts; empty: none
	series int    // how many series of speed
	seed   uint64 // which ones
}

// part is a group of figures.
type part struct {
	name string
	run  func(context.Context, settings) error
}

var parts = []part{
	{"m3", competition},
	{"fidelity", fidelity},
	{"speed", speed},
}

func main() {
	var s settings
	flag.StringVar(&s.pgcast, "pgcast", "bin/pgcast", "the binary to measure")
	flag.StringVar(&s.shared, "shared", "../shared", "the folder with data/forecast and tools")
	flag.StringVar(&s.model, "model", "auto", "the model that m3 scores")
	flag.StringVar(&s.keep, "keep", "", "a file to keep the forecasts of m3 in")
	flag.IntVar(&s.series, "series", 40, "how many monthly series speed takes from M3")
	flag.Uint64Var(&s.seed, "seed", 2026, "which ones")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: scripts/bench accuracy [flags] ["+strings.Join(names(), "|")+" …]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
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
			return fmt.Errorf("no part %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	for _, p := range parts {
		if len(chosen) > 0 && !slices.Contains(chosen, p.name) {
			continue
		}
		if err := p.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

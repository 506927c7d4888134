// Command chaos runs 1,000 jobs on four processors while everything about them
// breaks, and judges what is left: see package internal/chaos. It prints one
// JSON line with what happened, and fails when a promise was not kept.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pgcast/pgcast/internal/chaos"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "processor" { // a processor of -bare
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := chaos.Bare(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			os.Exit(1)
		}
		return
	}
	var c chaos.Config
	flag.StringVar(&c.Binary, "pgcast", "bin/pgcast", "the binary to try")
	flag.Uint64Var(&c.Seed, "seed", rand.Uint64(), "what happens when; another one each time unless given")
	flag.IntVar(&c.Jobs, "jobs", 1000, "jobs to ask for")
	flag.IntVar(&c.Processors, "processors", 4, "processes")
	flag.DurationVar(&c.Duration, "duration", 4*time.Minute, "how long things break")
	flag.DurationVar(&c.Sweeping, "sweeping", 8*time.Minute, "how long the folders of attempts that do not count may stay; 0: not waited for")
	flag.BoolVar(&c.Bare, "bare", false, "jobs do nothing, for a few milliseconds: what is tried is the path of many short runs")
	keep := flag.Bool("keep", false, "leave the logs of the processors and the files in place")
	flag.Parse()
	if c.Bare {
		c.Binary, c.Sweeping = os.Args[0], 0
	}
	if err := run(c, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(c chaos.Config, keep bool) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.Dir, err = os.MkdirTemp("", "pgcast-chaos-*"); err != nil {
		return err
	}
	if keep {
		fmt.Fprintln(os.Stderr, "logs are in", c.Dir)
	} else {
		defer os.RemoveAll(c.Dir)
	}
	begin := time.Now()
	c.Log = func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%5.1f s  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	report, err := chaos.Run(ctx, c)
	if err != nil {
		return err
	}
	line, err := json.Marshal(report)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("%d violations with seed %d", n, report.Seed)
	}
	return nil
}

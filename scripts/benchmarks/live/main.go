// Command live measures live status: real notifiers, processes of the built
// binary, on a private Postgres with fsync on and pgcast's schema. The clients
// and the writers are this process; the floor, a lean websocket server that
// writes prepared messages, is another one, in the same run.
//
// It prints one JSON line per figure. Names of parts as arguments limit it to
// them.
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
	"time"
)

// settings is how much and how long to measure.
type settings struct {
	pgcast string // the binary

	clients  int           // of the figures of latency, cost and slowness
	crowd    int           // of the figures of memory and joins
	rate     int           // commits a second
	settled  time.Duration // of a round of latency
	rows     int           // of the transaction that stalls replication
	stalls   int
	rounds   int           // of each comparison
	paced    time.Duration // of a round of cost
	flat     int           // events to each client of a round flat out
	cuts     int
	kills    int
	slow     time.Duration // of each half of the slow client's figure
	writing  time.Duration // of each round of writers
	patience time.Duration
}

var long = settings{
	clients: 2000, crowd: 10_000, rate: 200, settled: 15 * time.Second, rows: 500_000, stalls: 3, rounds: 3,
	paced: 3 * time.Second, flat: 20, cuts: 200, kills: 3, slow: 10 * time.Second, writing: 4 * time.Second, patience: 2 * time.Minute,
}

var short = settings{
	clients: 200, crowd: 1000, rate: 100, settled: 4 * time.Second, rows: 200_000, stalls: 1, rounds: 1,
	paced: 2 * time.Second, flat: 20, cuts: 20, kills: 1, slow: 4 * time.Second, writing: 2 * time.Second, patience: 2 * time.Minute,
}

// part is a group of figures.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

var parts = []part{
	{"latency", latency},
	{"stall", stall},
	{"idle", idle},
	{"hub", hub},
	{"cost", cost},
	{"cuts", cuts},
	{"slow", slow},
	{"start", start},
	{"writers", writers},
}

func main() {
	pgcast := flag.String("pgcast", "bin/pgcast", "the binary of pgcast")
	quick := flag.Bool("short", false, "everything small, in a few minutes; its figures prove little")
	floor := flag.Bool("floor", false, "be the floor (for the benchmark itself)")
	fed := flag.Bool("hub", false, "be a notifier whose changes come from memory (likewise)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: scripts/bench live [flags] ["+strings.Join(names(), "|")+" …]")
		flag.PrintDefaults()
	}
	flag.Parse()
	s := long
	if *quick {
		s = short
	}
	s.pgcast = *pgcast
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	raiseFiles()
	var err error
	switch {
	case *floor:
		err = serveFloor(ctx)
	case *fed:
		err = serveHub(ctx)
	default:
		err = run(ctx, s, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(1)
	}
}

// raiseFiles lets this process and its children have as many connections as the
// machine allows.
func raiseFiles() {
	const want = 65_536
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur >= want {
		return
	}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: want, Max: max(want, limit.Max)}) != nil {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit.Max, Max: limit.Max})
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
	b, err := open(ctx, s, nil)
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

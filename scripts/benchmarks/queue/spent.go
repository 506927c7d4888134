package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// spent is the processor time in milliseconds that the server has used, with
// all its processes, those that have ended as well. It is 0 where there is no
// /proc. On a busy machine it tells more than the clock.
func (b *bench) spent() float64 {
	server := strconv.Itoa(b.server.PID())
	ticks := 0.0
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has just ended
		}
		// pid (name) state ppid …: see proc_pid_stat(5).
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		switch server {
		case filepath.Base(filepath.Dir(stat)):
			ticks += sum(fields[11:15]) // its own time, and its ended children's
		case fields[1]:
			ticks += sum(fields[11:13])
		}
	}
	return ticks * 10 // a tick is a hundredth of a second on every Linux we know
}

func sum(fields []string) float64 {
	total := 0.0
	for _, f := range fields {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			panic(fmt.Sprintf("queue: %q in /proc", f))
		}
		total += n
	}
	return total
}

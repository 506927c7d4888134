package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed speed.R
var script string

// errNoR says that there is nothing to compare with.
var errNoR = errors.New("no Rscript with the package forecast")

// rscript is a running R that forecasts what it is asked for.
type rscript struct {
	cmd     *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Scanner
	version string // of the package
}

// startR starts R, with one thread for its linear algebra.
func startR(ctx context.Context) (*rscript, error) {
	const present = `quit(status = !requireNamespace("forecast", quietly = TRUE))`
	if exec.CommandContext(ctx, "Rscript", "-e", present).Run() != nil {
		return nil, errNoR
	}
	r := &rscript{cmd: exec.CommandContext(ctx, "Rscript", "--vanilla", "-e", script)}
	r.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	r.cmd.Stderr = os.Stderr
	var err error
	if r.ask, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.answers = bufio.NewScanner(out)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.version, err = r.answer()
	return r, err
}

// stop ends R and waits for it.
func (r *rscript) stop() error {
	if err := r.ask.Close(); err != nil {
		return err
	}
	return r.cmd.Wait()
}

// seconds returns the processor time of a call of an R function.
func (r *rscript) seconds(method string, calls int, y []float64) (float64, error) {
	line := fmt.Appendf(nil, "%s %d %d", method, calls, horizon)
	for _, v := range y {
		line = strconv.AppendFloat(append(line, ' '), v, 'g', -1, 64)
	}
	if _, err := r.ask.Write(append(line, '\n')); err != nil {
		return 0, fmt.Errorf("ask R for %s: %w", method, err)
	}
	text, err := r.answer()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

func (r *rscript) answer() (string, error) {
	if !r.answers.Scan() {
		return "", fmt.Errorf("read the answer of R: %w", errors.Join(r.answers.Err(), r.cmd.Wait()))
	}
	return strings.TrimSpace(r.answers.Text()), nil
}

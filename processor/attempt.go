package processor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// run carries one claim from its start to its end.
func (p *Processor) run(house context.Context, r *run) {
	defer p.runs.remove(r)
	res, err := p.inSlot(r)
	defer res.close()
	end := p.settle(house, r, res, err)
	p.metrics.observeRun(end, time.Since(r.since))
}

// inSlot waits for a slot and does the work in it. The slot is free when the
// work is done: the end is written beside.
func (p *Processor) inSlot(r *run) (*result, error) {
	defer p.runs.end(r)
	select {
	case p.slots <- struct{}{}: // there is one
		defer func() { <-p.slots }()
	default:
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		case <-r.ctx.Done():
		}
	}
	if r.ctx.Err() != nil {
		return nil, context.Cause(r.ctx)
	}
	p.runs.begin(r)
	begin := time.Now()
	p.metrics.latency.Observe(max(0, begin.Sub(r.RunAt).Seconds()))
	res, err := p.work(r)
	r.took = time.Since(begin)
	p.metrics.work.Observe(r.took.Seconds())
	p.tempo.observe(r.took)
	return res, err
}

// attempt does the work: everything before the end is written.
func (p *Processor) attempt(r *run) (*result, error) {
	spec, err := job.ParseSpec(r.Params)
	if err != nil {
		return nil, err
	}
	input, err := p.download(r)
	if err != nil {
		return nil, err
	}
	defer input.close()
	output, err := p.forecast(r, spec, input)
	if err != nil {
		return nil, err
	}
	output.ForecastID, output.JobID = r.RunID.String(), r.ID.String()
	r.advance(0.95, "store")
	return p.store(r, output)
}

func (p *Processor) forecast(r *run, spec job.Spec, input *scratch) (output *engine.Output, err error) {
	defer p.caught(&err)
	output, err = p.Engine(job.WithTrace(r.ctx, r.TraceID), spec, input.reader(), func(fraction float64, stage string) {
		r.advance(0.02+0.93*fraction, stage)
	})
	if err != nil {
		return nil, &engineError{err}
	}
	return output, nil
}

// download brings the CSV text to a file without name.
func (p *Processor) download(r *run) (*scratch, error) {
	r.advance(0, "download")
	body, err := p.Files.Input(r.ctx, r.Claim)
	if errors.Is(err, job.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errInputMissing, err)
	}
	if err != nil {
		return nil, &storageError{fmt.Errorf("open the input: %w", err)}
	}
	defer body.Close()
	input, err := newScratch(p.Scratch)
	if err != nil {
		return nil, err
	}
	if err := input.fill(func(w io.Writer) error { _, err := io.Copy(w, body); return err }); err != nil {
		input.close()
		return nil, &storageError{fmt.Errorf("download the input: %w", err)}
	}
	return input, nil
}

// store renders the result files and puts each into the attempt's folder.
func (p *Processor) store(r *run, o *engine.Output) (*result, error) {
	res, err := newResult(p.Scratch, o)
	if err != nil {
		return res, err
	}
	g, ctx := errgroup.WithContext(r.ctx)
	for _, f := range res.files {
		g.Go(func() error {
			if err := p.render(f, o); err != nil {
				return fmt.Errorf("render %s: %w", f.name, err)
			}
			if err := p.Files.Store(ctx, attemptOf(r.Claim), f.name, f.contentType, f.reader()); err != nil {
				return &storageError{fmt.Errorf("store %s: %w", f.name, err)}
			}
			return nil
		})
	}
	return res, g.Wait()
}

func (p *Processor) render(f *storedFile, o *engine.Output) (err error) {
	defer p.caught(&err)
	return f.fill(func(w io.Writer) error { return f.render(w, o) })
}

// caught turns a panic into an error, for one job cannot be allowed to stop
// its neighbours. It is deferred where code of the forecast is called.
func (p *Processor) caught(err *error) {
	if v := recover(); v != nil {
		p.metrics.panics.Inc()
		*err = &panicked{value: v, stack: debug.Stack()}
	}
}

// Package service runs the services of one process: it starts them in order,
// stops them in the opposite order, and puts several of them on one port.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Group runs actors until its context ends or one of them returns. It then
// stops them one by one, the last added first, so that a door closes before
// the room behind it.
type Group struct {
	log    *slog.Logger
	actors []actor
}

type actor struct {
	name string
	run  func(context.Context) error
}

// NewGroup returns an empty group.
func NewGroup(log *slog.Logger) *Group { return &Group{log: log} }

// Add appends an actor. run blocks, stops when its context ends, drains, and
// returns nil after a clean stop.
func (g *Group) Add(name string, run func(context.Context) error) {
	g.actors = append(g.actors, actor{name, run})
}

// Run starts all actors and blocks until the last of them has returned. It
// returns nil when ctx ended and every actor stopped cleanly.
func (g *Group) Run(ctx context.Context) error {
	type exit struct {
		index int
		err   error
	}
	exits := make(chan exit, len(g.actors))
	cancels := make([]context.CancelFunc, len(g.actors))
	ended := make([]chan struct{}, len(g.actors))
	for i, a := range g.actors {
		// An actor outlives ctx until its turn to stop has come.
		actx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancels[i], ended[i] = cancel, make(chan struct{})
		go func() {
			err := a.run(actx)
			close(ended[i])
			exits <- exit{i, err}
		}()
	}
	var errs []error
	collect := func(e exit, early bool) {
		switch {
		case e.err != nil && !errors.Is(e.err, context.Canceled):
			errs = append(errs, fmt.Errorf("%s: %w", g.actors[e.index].name, e.err))
		case early:
			errs = append(errs, fmt.Errorf("%s: ended by itself", g.actors[e.index].name))
		}
	}
	running := len(g.actors)
	select {
	case <-ctx.Done():
		g.log.Info("stopping")
	case e := <-exits:
		collect(e, true)
		running--
	}
	for i := len(g.actors) - 1; i >= 0; i-- {
		cancels[i]()
		<-ended[i]
	}
	for ; running > 0; running-- {
		collect(<-exits, false)
	}
	return errors.Join(errs...)
}

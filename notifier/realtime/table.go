package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// rereadAfter is how often a column that nobody knows may make us look again.
const rereadAfter = 10 * time.Second

// table knows the columns of `jobs`.
type table struct {
	read func(ctx context.Context) ([]job.Column, error)

	mu      sync.Mutex
	columns []feed.ColumnInfo
	at      time.Time
}

// compile understands the bindings of a channel. A column that is not known may
// be new.
func (t *table) compile(ctx context.Context, all []wanted) ([]binding, error) {
	bindings, err := t.try(ctx, all, time.Hour)
	var column unknownColumn
	if errors.As(err, &column) {
		bindings, err = t.try(ctx, all, rereadAfter)
	}
	return bindings, err
}

func (t *table) try(ctx context.Context, all []wanted, old time.Duration) (bindings []binding, err error) {
	columns, err := t.known(ctx, old)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		b, err := compileBinding(w.raw, w.id, columns)
		if err != nil {
			return nil, &badBinding{err, w.raw}
		}
		bindings = append(bindings, b)
	}
	return bindings, nil
}

// known are the columns as they were some time ago at most.
func (t *table) known(ctx context.Context, old time.Duration) ([]feed.ColumnInfo, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.columns != nil && time.Since(t.at) < old {
		return t.columns, nil
	}
	columns, err := t.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the columns of jobs: %w", err)
	}
	t.columns, t.at = feed.Infos(columns), time.Now()
	return t.columns, nil
}

// badBinding is one that will never work.
type badBinding struct {
	err error
	raw []byte
}

func (b *badBinding) Error() string {
	return fmt.Sprintf("Unable to subscribe to changes with given parameters. %v: %s", b.err, b.raw)
}

func (b *badBinding) Unwrap() error { return b.err }

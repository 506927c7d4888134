package processor

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// desk is a scribe of three together whose writings take until they are let go.
type desk struct {
	*scribe
	sizes []int // of the writings begun
	let   chan struct{}
}

func newDesk() *desk {
	d := &desk{let: make(chan struct{})}
	d.scribe = &scribe{most: 3, stall: time.Hour, write: func(_ context.Context, batch []*completing) []error {
		d.mu.Lock()
		d.sizes = append(d.sizes, len(batch))
		d.mu.Unlock()
		<-d.let
		errs := make([]error, len(batch))
		for i, c := range batch {
			errs[i] = c.trouble
		}
		return errs
	}}
	return d
}

// hand hands over so many, one after the other, and waits until all rest.
func (d *desk) hand(t *testing.T, n int, trouble error) {
	t.Helper()
	for range n {
		go func() {
			if err := d.post(t.Context(), &completing{trouble: trouble}); err != trouble {
				t.Errorf("answered %v, want %v", err, trouble)
			}
		}()
		synctest.Wait()
	}
}

// free lets one writing end.
func (d *desk) free() {
	d.let <- struct{}{}
	synctest.Wait()
}

func (d *desk) want(t *testing.T, sizes ...int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.sizes, sizes) {
		t.Fatalf("writings of %v, want %v", d.sizes, sizes)
	}
}

// TestAFullBatchIsWrittenBesideAnother: few wait for the writing under way, three
// do not, and there are never more than two writings.
func TestAFullBatchIsWrittenBesideAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, wrong := newDesk(), errors.New("wrong")
		d.hand(t, 1, nil)
		d.hand(t, 2, wrong)
		d.want(t, 1)
		d.hand(t, 1, wrong)
		d.want(t, 1, 3)
		d.hand(t, 4, nil)
		d.want(t, 1, 3)
		d.free()
		d.want(t, 1, 3, 3)
		d.free()
		d.want(t, 1, 3, 3) // one waits, and one writes
		d.free()
		d.want(t, 1, 3, 3, 1)
		d.free()
		d.hand(t, 1, nil) // all have gone
		d.want(t, 1, 3, 3, 1, 1)
		d.free()
	})
}

// TestWhoIsHeldUpLetsAnotherLead: after a while it does not count.
func TestWhoIsHeldUpLetsAnotherLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.stall = time.Second
		d.hand(t, 2, nil)
		d.want(t, 1)
		time.Sleep(d.stall)
		synctest.Wait()
		d.want(t, 1, 1)
		d.free()
		d.free()
		d.hand(t, 1, nil)
		d.want(t, 1, 1, 1)
		d.free()
	})
}

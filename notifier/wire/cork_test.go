package wire

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

// wrote keeps what is written, call by call.
type wrote struct {
	net.Conn
	calls [][]byte
}

func (w *wrote) Write(b []byte) (int, error) {
	w.calls = append(w.calls, bytes.Clone(b))
	return len(b), nil
}

func TestWhatIsHeldGoesOutTogether(t *testing.T) {
	t.Parallel()
	w := &wrote{}
	c := &cork{Conn: w}
	write := func(s string) {
		t.Helper()
		if n, err := c.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatalf("write %d bytes: %d, %v", len(s), n, err)
		}
	}
	write("through")
	c.hold()
	write("a")
	write("b")
	wide := strings.Repeat("c", most+1)
	write(wide)
	write("d")
	if err := c.flush(); err != nil {
		t.Fatal(err)
	}
	write("e")
	want := []string{"through", "ab", wide, "d", "e"}
	if len(w.calls) != len(want) {
		t.Fatalf("%d writes, want %d", len(w.calls), len(want))
	}
	for i, call := range w.calls {
		if string(call) != want[i] {
			t.Errorf("write %d has %d bytes, want %d", i, len(call), len(want[i]))
		}
	}
}

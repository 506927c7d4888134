package wire

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// wrote keeps what is written, call by call.
type wrote struct {
	net.Conn
	calls []string
}

func (w *wrote) Write(b []byte) (int, error) {
	w.calls = append(w.calls, string(b))
	return len(b), nil
}

func (w *wrote) SetWriteDeadline(time.Time) error { return nil }

func sinkAround(conn net.Conn) *sink {
	s := &sink{}
	s.around(conn)
	return s
}

// framed is a text as a frame.
func framed(s string) string {
	switch n := len(s); {
	case n < 126:
		return string([]byte{textFrame, byte(n)}) + s
	case n < 1<<16:
		return string(binary.BigEndian.AppendUint16([]byte{textFrame, 126}, uint16(n))) + s
	default:
		return string(binary.BigEndian.AppendUint64([]byte{textFrame, 127}, uint64(n))) + s
	}
}

func add(t *testing.T, s *sink, text string) {
	t.Helper()
	if err := s.add([]byte(text)); err != nil {
		t.Fatalf("add %d bytes: %v", len(text), err)
	}
}

func TestWhatIsHeldGoesOutTogether(t *testing.T) {
	t.Parallel()
	w := &wrote{}
	s := sinkAround(w)
	control := func(frame string) {
		t.Helper()
		if n, err := s.Write([]byte(frame)); n != len(frame) || err != nil {
			t.Fatalf("write %d bytes: %d, %v", len(frame), n, err)
		}
	}
	control("through")
	if s.tryHold() {
		t.Error("writes are tried where they may wait")
	}
	s.hold(time.Minute)
	add(t, s, "a")
	control("ping")
	add(t, s, "b")
	if all, err := s.flush(); !all || err != nil {
		t.Fatalf("flush: %t, %v", all, err)
	}
	control("e")
	want := []string{"through", framed("a") + "ping" + framed("b"), "e"}
	if len(w.calls) != len(want) {
		t.Fatalf("wrote %q, want %q", w.calls, want)
	}
	for i, call := range w.calls {
		if call != want[i] {
			t.Errorf("wrote %q, want %q", call, want[i])
		}
	}
}

func TestNothingFollowsGoodbye(t *testing.T) {
	t.Parallel()
	w := &wrote{}
	s := sinkAround(w)
	s.hold(time.Minute)
	add(t, s, "a")
	last := string([]byte{goodbye, 0})
	if _, err := s.Write([]byte(last)); err != nil {
		t.Fatal(err)
	}
	if s.add([]byte("b")) == nil {
		t.Error("a frame goes out after goodbye")
	}
	if _, err := s.flush(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.calls, ""); got != framed("a")+last {
		t.Errorf("wrote %q", got)
	}
}

// pair is a connection over the loopback.
func pair(t *testing.T) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Close()
		_ = client.Close()
	})
	return server, client
}

// A client that does not read is not waited for, and gets every byte when it
// does, however the writes were cut.
func TestWhatDoesNotGoAtOnceGoesLater(t *testing.T) {
	t.Parallel()
	server, client := pair(t)
	_ = server.(*net.TCPConn).SetWriteBuffer(16 << 10)
	_ = client.(*net.TCPConn).SetReadBuffer(16 << 10)
	s := sinkAround(server)
	var want bytes.Buffer
	for n := 0; ; n++ {
		text := strings.Repeat(string(rune('a'+n%26)), 1+n*n%70_000)
		want.WriteString(framed(text))
		if !s.tryHold() {
			t.Fatal("a socket cannot be tried")
		}
		add(t, s, text)
		all, err := s.flush()
		if err != nil {
			t.Fatalf("flush: %v", err)
		}
		if !all {
			break
		}
	}
	if _, err := s.Write([]byte("ping")); err != nil { // behind what waits
		t.Fatal(err)
	}
	want.WriteString("ping")
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(client)
		got <- b
	}()
	s.hold(time.Minute)
	if all, err := s.flush(); !all || err != nil {
		t.Fatalf("flush: %t, %v", all, err)
	}
	_ = server.Close()
	if b := <-got; !bytes.Equal(b, want.Bytes()) {
		t.Errorf("the client read %d bytes, and not the %d that were written", len(b), want.Len())
	}
}

func TestAClientThatReadsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	server, client := pair(t)
	_ = server.(*net.TCPConn).SetWriteBuffer(16 << 10)
	_ = client.(*net.TCPConn).SetReadBuffer(16 << 10)
	s := sinkAround(server)
	s.hold(10 * time.Millisecond)
	for err := error(nil); err == nil; {
		err = s.add(bytes.Repeat([]byte{'x'}, most))
	}
	if _, err := s.flush(); err == nil {
		t.Error("a write that took too long is no error")
	}
	if _, err := s.Write([]byte("ping")); err == nil {
		t.Error("a frame follows one that is torn")
	}
}

func TestClientsUnderstandTheFrames(t *testing.T) {
	t.Parallel()
	lengths := []int{0, 125, 126, 1<<16 - 1, 1 << 16}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Upgrade(&websocket.Upgrader{}, w, r)
		if err != nil {
			return
		}
		c.sink.hold(time.Minute)
		c.due(pongFrame, strings.Repeat("p", 125))
		c.due(pingFrame, "")
		_, control := c.takeAnswers()
		c.sink.control(control)
		for _, n := range lengths {
			_ = c.sink.add(bytes.Repeat([]byte{'x'}, n))
		}
		_, _ = c.sink.flush()
	}))
	defer server.Close()
	client, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	pong, pings := "", 0
	client.SetPongHandler(func(text string) error { pong = text; return nil })
	client.SetPingHandler(func(string) error { pings++; return nil })
	for _, n := range lengths {
		kind, text, err := client.ReadMessage()
		if kind != websocket.TextMessage || string(text) != strings.Repeat("x", n) || err != nil {
			t.Fatalf("read a message of kind %d with %d bytes, want %d: %v", kind, len(text), n, err)
		}
	}
	if pong != strings.Repeat("p", 125) || pings != 1 {
		t.Errorf("the client got the pong %q and %d pings", pong, pings)
	}
}

// A client that reads a little, always just in time, does not put off its end.
func TestAClientThatTricklesDoesNotPutOffItsEnd(t *testing.T) {
	t.Parallel()
	server, client := pair(t)
	_ = server.(interface{ SetWriteBuffer(int) error }).SetWriteBuffer(64 << 10)
	_ = client.(interface{ SetReadBuffer(int) error }).SetReadBuffer(64 << 10)
	var read atomic.Int64
	reads := make(chan struct{})
	begun := sync.OnceFunc(func() { close(reads) })
	go func() {
		b := make([]byte, most)
		for range time.Tick(30 * time.Millisecond) {
			n, err := client.Read(b)
			if read.Add(int64(n)); err != nil {
				return
			}
			begun()
		}
	}()
	const all = 4 << 20
	s := sinkAround(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.hold(10 * time.Second)
		_ = s.add(bytes.Repeat([]byte{'x'}, all))
		_, _ = s.flush()
	}()
	<-reads
	_ = s.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)) // as WriteControl does
	_, _ = s.Write([]byte{goodbye, 0})
	if n := read.Load(); n > all/2 {
		t.Errorf("goodbye waited for a client that has read %d bytes meanwhile", n)
	}
	_ = server.Close()
	<-done
}

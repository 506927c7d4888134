package wire

import (
	"bufio"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

// Upgrade makes a websocket of a request; the answer to one that is refused is
// the upgrader's.
func Upgrade(u *websocket.Upgrader, w http.ResponseWriter, r *http.Request) (*Conn, error) {
	taken := &hijacker{ResponseWriter: w}
	ws, err := u.Upgrade(taken, r, nil)
	if err != nil {
		return nil, err
	}
	return &Conn{ws: ws, cork: taken.cork}, nil
}

// hijacker puts a cork into the connection that is taken from a server.
type hijacker struct {
	http.ResponseWriter
	cork *cork
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.cork = &cork{Conn: conn}
	return h.cork, rw, err
}

// cork gathers what is written into one system call, which is most of what a
// frame costs: ten frames at once take a third of the time of ten alone.
type cork struct {
	net.Conn

	mu   sync.Mutex
	held *[]byte // nil while every write goes through
	err  error
}

// most is how much a cork gathers, in bytes.
const most = 16 << 10

var corks = sync.Pool{New: func() any { b := make([]byte, 0, most); return &b }}

// hold gathers writes from now on.
func (c *cork) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = corks.Get().(*[]byte)
	}
}

// flush writes what was gathered, and ends that.
func (c *cork) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		c.empty()
		corks.Put(c.held)
		c.held = nil
	}
	return c.err
}

// empty wants c.mu held.
func (c *cork) empty() {
	if len(*c.held) > 0 && c.err == nil {
		_, c.err = c.Conn.Write(*c.held)
	}
	*c.held = (*c.held)[:0]
}

// Write gathers b, or writes it through.
func (c *cork) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return c.Conn.Write(b)
	}
	if len(*c.held)+len(b) > most {
		c.empty()
	}
	if c.err != nil {
		return 0, c.err
	}
	if len(b) > most {
		return c.Conn.Write(b)
	}
	*c.held = append(*c.held, b...)
	return len(b), nil
}

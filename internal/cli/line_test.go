package cli

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// line is a network between a client and the server that may swallow
// everything and tell nobody, as one does whose router forgot a connection.
type line struct {
	url string

	mu    sync.Mutex
	holes []chan struct{} // one for each connection, closed when it carries nothing any more
	ends  []net.Conn
}

// newLine lays a line to the server at target.
func newLine(t *testing.T, target string) *line {
	t.Helper()
	config, err := pgx.ParseConfig(target)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgNetwork(config)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{url: (&url.URL{
		Scheme: "postgres", User: url.User(config.User), Host: l.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable",
	}).String()}
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				_ = client.Close()
				continue
			}
			hole := n.add(client, server)
			carrying.Go(func() { carry(server, client, hole) })
			carrying.Go(func() { carry(client, server, hole) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		n.cut()
		carrying.Wait()
	})
	return n
}

func (n *line) add(ends ...net.Conn) chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	hole := make(chan struct{})
	n.holes, n.ends = append(n.holes, hole), append(n.ends, ends...)
	return hole
}

// swallow makes holes of the connections there are. New ones work.
func (n *line) swallow() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, hole := range n.holes {
		close(hole)
	}
	n.holes = nil
}

// cut ends every connection at both ends.
func (n *line) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, end := range n.ends {
		_ = end.Close()
	}
}

// carry copies until a side ends, which the other then learns, or until the
// hole swallows that too.
func carry(to, from net.Conn, hole <-chan struct{}) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		select {
		case <-hole:
			_, _ = io.Copy(io.Discard, from)
			return
		default:
		}
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

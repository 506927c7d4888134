package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

// The doors, and the floor, which has one of its own.
const (
	supabase = "realtime/v1/websocket"
	socket   = "v1/ws"
	stream   = "v1/events"
	bare     = "floor"
)

// joining is how many clients come in at a time.
const joining = 128

// client is one connection.
type client struct {
	net.Conn
	ws *websocket.Conn // nil of a stream
	in *bufio.Reader   // of a stream
}

// crowd is many clients, each of which reads what comes.
type crowd struct {
	clients []*client
	readers sync.WaitGroup
	stop    chan struct{}
}

// come connects a client for each user, and returns when all have joined. on is
// called with every frame after that.
func come(ctx context.Context, port int, door string, users []user, on func(client int, frame []byte)) (*crowd, error) {
	c := &crowd{clients: make([]*client, len(users)), stop: make(chan struct{})}
	group, joinCtx := errgroup.WithContext(ctx)
	group.SetLimit(joining)
	for i, u := range users {
		group.Go(func() (err error) {
			if c.clients[i], err = join(joinCtx, port, door, i, u); err != nil {
				return fmt.Errorf("client %d at %s: %w", i, door, err)
			}
			c.readers.Go(func() { c.clients[i].read(func(frame []byte) { on(i, frame) }) })
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		c.leave()
		return nil, err
	}
	if door == supabase {
		c.readers.Go(c.beat)
	}
	return c, nil
}

// leave cuts all connections.
func (c *crowd) leave() {
	close(c.stop)
	for _, client := range c.clients {
		if client != nil {
			_ = client.Close()
		}
	}
	c.readers.Wait()
}

// beat keeps the connections alive, as the library does.
func (c *crowd) beat() {
	ticker := time.NewTicker(25 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-ticker.C:
		}
		for _, client := range c.clients {
			_ = client.ws.WriteMessage(websocket.TextMessage, []byte(`[null,"9","phoenix","heartbeat",{}]`))
		}
	}
}

// join connects one client and waits until changes flow.
func join(ctx context.Context, port int, door string, i int, u user) (*client, error) {
	address := fmt.Sprintf("127.0.0.%d:%d", 1+i%8, port) // one address has too few ports for reconnects
	if door == stream {
		return joinStream(ctx, address, u)
	}
	c := &client{}
	d := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 512, HandshakeTimeout: time.Minute,
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			c.Conn, err = new(net.Dialer).DialContext(ctx, network, address)
			return c.Conn, err
		}}
	url, header := "ws://"+address+"/"+door, http.Header{}
	switch door {
	case supabase:
		url += "?vsn=2.0.0&apikey=" + anonKey
	case bare:
		url += "?user=" + u.id.String()
	case socket:
		header.Set("Authorization", "Bearer "+u.token)
	}
	var err error
	if c.ws, _, err = d.DialContext(ctx, url, header); err != nil {
		return nil, err
	}
	return c, c.greet(door, u)
}

func (c *client) greet(door string, u user) error {
	ask, ready := "", ""
	switch door {
	case supabase:
		ask = `["1","1","realtime:room","phx_join",{"config":{"postgres_changes":[{"event":"*","schema":"public","table":"jobs"}]},"access_token":"` + u.token + `"}]`
		ready = "Subscribed to PostgreSQL"
	case socket:
		ask, ready = `{"type":"subscribe","id":1,"all":true}`, `"snapshot"`
	default:
		return nil
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(ask)); err != nil {
		return err
	}
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil || bytes.Contains(frame, []byte(ready)) {
			return err
		}
		if bytes.Contains(frame, []byte(`"error"`)) {
			return fmt.Errorf("refused: %s", frame)
		}
	}
}

func joinStream(ctx context.Context, address string, u user) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &client{Conn: conn, in: bufio.NewReaderSize(conn, 1024)}
	if _, err := io.WriteString(conn, "GET /v1/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "+u.token+"\r\n\r\n"); err != nil {
		return nil, err
	}
	status, err := c.in.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") {
		return nil, errors.Join(err, errors.New(strings.TrimSpace(status)))
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "event: snapshot") {
			return c, err
		}
	}
}

// read hands on frames until the connection ends. Of a stream they are lines.
func (c *client) read(on func([]byte)) {
	for {
		var frame []byte
		var err error
		if c.ws != nil {
			_, frame, err = c.ws.ReadMessage()
		} else {
			frame, err = c.in.ReadBytes('\n')
		}
		if err != nil {
			return
		}
		on(frame)
	}
}

var versionKey = []byte(`"version":`)

// versionOf is the version in a frame that tells of a change, 0 in others.
func versionOf(frame []byte) int64 {
	at := bytes.Index(frame, versionKey)
	if at < 0 {
		return 0
	}
	rest := frame[at+len(versionKey):]
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseInt(string(rest[:end]), 10, 64)
	return n
}

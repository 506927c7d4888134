package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// floor is the least a websocket server can do: it keeps connections, and writes
// prepared messages to them when it is told to. With a database it also does the
// job of a notifier, see read.
type floor struct {
	mu     sync.Mutex
	users  []string
	owners map[string]*websocket.Conn
	next   int
}

// startFloor starts the floor, with a database or "".
func (b *bench) startFloor(ctx context.Context, database string) (*service, error) {
	return b.startSelf(ctx, "-floor", database)
}

// startSelf starts this program as a server, with a database or "".
func (b *bench) startSelf(ctx context.Context, role, database string) (*service, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &service{Cmd: exec.CommandContext(ctx, self, role), port: port, began: time.Now()}
	s.Env, s.Stderr = append(os.Environ(), "PORT="+strconv.Itoa(port), "DATABASE_URL="+database), os.Stderr
	if err := s.Start(); err != nil {
		return nil, err
	}
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return s, conn.Close()
		}
		if pause(ctx, 10*time.Millisecond); ctx.Err() != nil || time.Since(s.began) > b.patience {
			return nil, err
		}
	}
}

func serveFloor(ctx context.Context) error {
	f := &floor{owners: map[string]*websocket.Conn{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/"+bare, f.enter)
	mux.HandleFunc("POST /write", feeder(f.write))
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if url := os.Getenv("DATABASE_URL"); url != "" {
		go func() {
			if err := f.read(ctx, url); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "live: the floor reads no more:", err)
				_ = server.Close()
			}
		}()
	}
	return server.ListenAndServe()
}

var (
	pools    sync.Pool
	upgrader = websocket.Upgrader{ReadBufferSize: 256, WriteBufferPool: &pools, WriteBufferSize: 4096}
)

func (f *floor) enter(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	f.mu.Lock()
	user := r.URL.Query().Get("user")
	f.users = append(f.users, user)
	f.owners[user] = ws
	f.mu.Unlock()
	go func() { // what served the request can go
		for {
			if _, _, err := ws.NextReader(); err != nil {
				_ = ws.Close()
				return
			}
		}
	}()
}

// write writes one message again and again, to the connection of the next user.
func (f *floor) write(p pattern) (deliver func() error, err error) {
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte(`{"version":1,"filler":"`+strings.Repeat("x", p.Size-26)+`"}`))
	return func() error {
		f.mu.Lock()
		ws := f.owners[f.users[f.next%len(f.users)]]
		f.next++
		f.mu.Unlock()
		return ws.WritePreparedMessage(message)
	}, err
}

// ask has a server of this program write.
func (s *service) ask(ctx context.Context, p pattern) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/write", s.port), strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", answer.Status)
	}
	return nil
}

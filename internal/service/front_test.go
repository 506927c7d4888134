package service_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/service"
)

// port serves a mux that mounts a fiber app under everything but /v1/ws, where
// a gorilla websocket echoes. It is the arrangement of `serve` and `up`.
func port(t *testing.T, app *fiber.App) string {
	t.Helper()
	mount := service.NewMount(answers, quiet())
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/ws", echo)
	mux.Handle("/", mount)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- service.HTTP(l, mux, func(int) http.Handler { return http.NotFoundHandler() })(ctx) }()
	go func() { done <- app.Listener(mount.Listener()) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := errors.Join(<-done, app.Shutdown(), <-done, mount.Close()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	res, err := http.Get("http://" + l.Addr().String() + "/") // answered once the app serves: a shutdown before would not end it
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return l.Addr().String()
}

// answers tell themselves apart by their status alone.
var answers = service.Answers{Away: status(http.StatusServiceUnavailable), Broken: status(http.StatusBadRequest), Slow: status(http.StatusRequestTimeout)}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

func echo(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	kind, message, err := conn.ReadMessage()
	if err == nil {
		_ = conn.WriteMessage(kind, message)
	}
}

func newApp() *fiber.App {
	return fiber.New(fiber.Config{DisableStartupMessage: true, StreamRequestBody: true})
}

func TestMountKeepsHostAndForwardingHeaders(t *testing.T) {
	t.Parallel()
	app := newApp()
	app.Get("/who", func(c *fiber.Ctx) error {
		return c.SendString(strings.Join([]string{string(c.Request().Host()), c.Get("X-Forwarded-For"), c.Get("Forwarded"), c.Get("Via")}, " "))
	})
	addr := port(t, app)
	for _, connection := range []string{"", "Via, X-Forwarded-For, Forwarded"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/who", nil)
		req.Host = "evil.example"
		req.Header.Set("X-Forwarded-For", "203.0.113.9")
		req.Header.Set("Forwarded", "for=203.0.113.9")
		req.Header.Set("Via", "1.1 tunnel")
		if connection != "" {
			req.Header.Set("Connection", connection)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if got, want := string(body), "evil.example 203.0.113.9 for=203.0.113.9 1.1 tunnel"; got != want {
			t.Errorf("with Connection: %s the room saw %q, want %q", connection, got, want)
		}
	}
}

func TestMountStreamsBodiesBothWays(t *testing.T) {
	t.Parallel()
	app := newApp()
	got := make(chan string, 1)
	app.Post("/stream", func(c *fiber.Ctx) error {
		line, err := bufio.NewReader(c.Request().BodyStream()).ReadString('\n')
		got <- line
		if err != nil {
			return err
		}
		return c.SendString("seen")
	})
	addr := port(t, app)
	reader, writer := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/stream", reader)
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	// The body is still open when the room reads its first line.
	if _, err := io.WriteString(writer, "first\n"); err != nil {
		t.Fatal(err)
	}
	if line := <-got; line != "first\n" {
		t.Errorf("the room read %q", line)
	}
	_ = writer.Close()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

// The room refuses at once a body that never comes whole.
func TestMountAnswersBeforeTheBodyHasCome(t *testing.T) {
	t.Parallel()
	app := newApp()
	app.Post("/refuse", func(c *fiber.Ctx) error { return c.Status(http.StatusRequestTimeout).SendString("no") })
	addr := port(t, app)
	// More than the mount keeps to itself, so that the room is asked; with
	// little left that the server would read, and with much.
	for _, announced := range []string{"80000", "1000000"} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(conn, "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: "+announced+"\r\n\r\n"+strings.Repeat("x", 70<<10)); err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewReader(conn)
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("no answer while the body is not whole: %v", err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != "no" || res.StatusCode != http.StatusRequestTimeout {
			t.Errorf("answered %s %q, %v", res.Status, body, err)
		}
		if !res.Close {
			t.Error("the rest of the body would be taken for the next request")
		}
		if _, err := answers.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("the connection stays open: %v", err)
		}
	}
}

func TestMountTellsTheClientThatItsBodyIsBroken(t *testing.T) {
	t.Parallel()
	app := newApp()
	app.Post("/take", func(c *fiber.Ctx) error { return c.Send(c.Body()) })
	addr := port(t, app)
	for name, body := range map[string]string{
		"no chunk":      "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"second chunk":  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
		"half a body":   "Content-Length: 10\r\n\r\nabc",
		"half a stream": "Content-Length: 200000\r\n\r\n" + strings.Repeat("x", 100_000),
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(conn, "POST /take HTTP/1.1\r\nHost: a\r\n"+body); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: no answer: %v", name, err)
		}
		if res.StatusCode != http.StatusBadRequest || !res.Close {
			t.Errorf("%s: answered %s, closing: %v", name, res.Status, res.Close)
		}
	}
}

func TestMountKeepsAConnectionWhoseBodyHasCome(t *testing.T) {
	t.Parallel()
	app := newApp()
	app.Post("/take", func(c *fiber.Ctx) error { return c.Send(c.Body()) })
	conn, err := net.Dial("tcp", port(t, app))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	answers := bufio.NewReader(conn)
	for range 3 {
		if _, err := io.WriteString(conn, "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != "whole" || res.Close {
			t.Fatalf("%s %q %v, closing: %v", res.Status, body, err, res.Close)
		}
	}
}

func TestWebsocketsUpgradeBesideAMountedRoom(t *testing.T) {
	t.Parallel()
	addr := port(t, newApp())
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+addr+"/v1/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.ReadMessage(); err != nil || string(message) != "hello" {
		t.Errorf("read %q, %v", message, err)
	}
}

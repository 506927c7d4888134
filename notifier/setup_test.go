package notifier_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/logtest"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }

// patience is how long a test waits for what must come.
const patience = time.Minute

// bundle is a running notifier on a database of its own.
type bundle struct {
	*dbtest.DB
	notifier *notifier.Notifier
	server   *httptest.Server
	log      *logtest.Log
	stop     func() error // ends Run; may be called again
}

// setup starts a notifier and waits until the wanted source serves.
func setup(t testing.TB, source feed.Mode, change ...func(*notifier.Config)) *bundle {
	t.Helper()
	d := dbtest.New(t)
	flushing(t, d)
	return beside(t, d, source, change...)
}

// flushing makes commits wait for the WAL to be written, as on a real server:
// replication sends what is written, and else that is up to 200 ms later.
func flushing(t testing.TB, d *dbtest.DB) {
	t.Helper()
	d.Exec(t, `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`)
	d.Pool().Reset()
}

// beside starts a notifier on a database that may have others already.
func beside(t testing.TB, d *dbtest.DB, source feed.Mode, change ...func(*notifier.Config)) *bundle {
	t.Helper()
	b := &bundle{DB: d, log: &logtest.Log{}}
	tokens, err := auth.NewVerifier(auth.Config{Secret: secret})
	if err != nil {
		t.Fatalf("make a verifier: %v", err)
	}
	t.Cleanup(tokens.Close)
	config := notifier.Config{
		Jobs: d, Tokens: tokens, URL: d.URL, Version: "test", Spread: 100 * time.Millisecond,
		NoReplication: source == feed.Listen,
		Log:           slog.New(slog.NewTextHandler(b.log, nil)),
	}
	for _, c := range change {
		c(&config)
	}
	b.notifier = notifier.New(config)
	b.server = httptest.NewUnstartedServer(b.notifier.Handler())
	b.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(16 << 10) // so that a slow client is felt soon
		return ctx
	}
	b.server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.notifier.Run(ctx) }()
	b.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Errorf("stop the notifier: %v", err)
		}
		b.server.Close()
		if t.Failed() {
			t.Log(b.log.String())
		}
	})
	b.serves(t, source)
	return b
}

// serves waits until a source serves.
func (b *bundle) serves(t testing.TB, source feed.Mode) {
	t.Helper()
	dbtest.Eventually(t, "the source "+string(source), func() bool { return b.notifier.Ready().Mode == source })
}

// secret signs the tokens of the tests.
var secret = []byte("a secret of the notifier's tests")

func token(t testing.TB, role string, user job.UserID, life time.Duration) string {
	t.Helper()
	signed, err := auth.Mint(secret, auth.Claims{Role: role, User: user, Issued: time.Now(), Expires: time.Now().Add(life)})
	if err != nil {
		t.Fatalf("mint a token: %v", err)
	}
	return signed
}

func newUser() job.UserID { return job.UserID{UUID: uuid.New()} }

// frame is any frame of the server.
type frame struct {
	Type      string     `json:"type"`
	ID        int64      `json:"id"`
	Jobs      []job.Job  `json:"jobs"`
	Op        string     `json:"op"`
	OldStatus job.Status `json:"old_status"`
	Job       job.Job    `json:"job"`
	JobID     job.ID     `json:"job_id"`
	Version   int64      `json:"version"`
	Code      string     `json:"code"`
	Source    string     `json:"source"`
	Replayed  bool       `json:"replayed"`
	Cursor    string     `json:"cursor"`
	raw       string
}

// client is a websocket client.
type client struct {
	ws *websocket.Conn
}

func (b *bundle) url() string { return "ws" + strings.TrimPrefix(b.server.URL, "http") + "/v1/ws" }

// dial connects with headers; the answer's status is 0 when there is none.
func (b *bundle) dial(h http.Header, protocols ...string) (*client, int, error) {
	dialer := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: patience}
	ws, answer, err := dialer.Dial(b.url(), h)
	if err != nil {
		status := 0
		if answer != nil {
			status = answer.StatusCode
		}
		return nil, status, err
	}
	return &client{ws}, http.StatusSwitchingProtocols, nil
}

// connect opens a socket for a user and reads its hello.
func (b *bundle) connect(t testing.TB, user job.UserID) *client {
	t.Helper()
	return b.connectAs(t, auth.RoleAuthenticated, user)
}

func (b *bundle) connectAs(t testing.TB, role string, user job.UserID) *client {
	t.Helper()
	c, _, err := b.dial(http.Header{"Authorization": {"Bearer " + token(t, role, user, time.Hour)}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = c.ws.Close() })
	if f := c.next(t); f.Type != "hello" || f.Source == "" {
		t.Fatalf("first frame is %s, want hello", f.raw)
	}
	return c
}

// follow subscribes to all jobs and returns the snapshot.
func (c *client) follow(t testing.TB) []job.Job {
	t.Helper()
	c.send(t, `{"type":"subscribe","id":1,"all":true}`)
	f := c.next(t)
	if f.Type != "snapshot" || f.ID != 1 {
		t.Fatalf("answer to subscribe is %s, want a snapshot", f.raw)
	}
	return f.Jobs
}

func (c *client) send(t testing.TB, text string) {
	t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatalf("send %s: %v", text, err)
	}
}

func (c *client) read() (frame, error) {
	var f frame
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	_, message, err := c.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	f.raw = string(message)
	return f, json.Unmarshal(message, &f)
}

// next is the next frame that tells of something.
func (c *client) next(t testing.TB) frame {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); {
		f, err := c.read()
		if err != nil {
			t.Fatalf("read a frame: %v", err)
		}
		if f.Type != "cursor" {
			return f
		}
	}
	t.Fatal("nothing but cursors came")
	return frame{}
}

// closes reads until the server closes and returns the code.
func (c *client) closes(t testing.TB) int {
	t.Helper()
	for {
		_, err := c.read()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		if err != nil {
			t.Fatalf("wait for the close: %v", err)
		}
	}
}

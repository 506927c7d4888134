package feed_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/notifier/feed"
)

// lost is a database whose notifications may get lost.
type lost struct {
	*dbtest.DB
	away atomic.Bool
}

func (l *lost) Notify(ctx context.Context, channel, payload string) error {
	if l.away.Load() {
		return nil
	}
	return l.DB.Notify(ctx, channel, payload)
}

func TestNotificationsThatDoNotArriveAreNoticed(t *testing.T) {
	t.Parallel()
	d := &lost{DB: dbtest.New(t)}
	d.away.Store(true)
	var gaps atomic.Int64
	f, events := run(t, d.DB, func(c *feed.Config) {
		c.Rows, c.NoReplication = d, true
		c.ProofEvery, c.ProofPatience = 60*time.Millisecond, 50*time.Millisecond
		c.Gap = func() { gaps.Add(1) }
	})
	wants := func(want bool) {
		t.Helper()
		dbtest.Eventually(t, "the trigger to know", func() bool {
			var wanted bool
			err := d.Pool().QueryRow(context.Background(), `select wants_status from pgcast.notifiers where id = $1`, t.Name()).Scan(&wanted)
			return err == nil && wanted == want
		})
	}
	serves(t, f, feed.Poll)
	wants(false) // notices cost writers, and nobody hears them
	if reason := f.State().Reason; !strings.Contains(reason, "pooler") || !strings.Contains(reason, "switched off") {
		t.Errorf("the reason is %q", reason)
	}
	d.away.Store(false)
	serves(t, f, feed.Listen)
	wants(true)
	if gaps.Load() < 2 {
		t.Errorf("%d gaps were reported, want one for each switch", gaps.Load())
	}
	made := d.Job(t, newUser(), "")
	if e := next(t, events); e.Job.ID != made.ID {
		t.Errorf("got %+v, want the insert of %s", e, made.ID)
	}
	d.away.Store(true)
	serves(t, f, feed.Poll)
}

func TestARefusedListenIsNoEnd(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	f, _ := run(t, d, func(c *feed.Config) {
		c.URL, c.NoReplication = refusing(t, d.URL), true
		c.ProofPatience = 50 * time.Millisecond
	})
	serves(t, f, feed.Poll)
}

// refusing is the URL of a way to a server on which LISTEN becomes a word that the
// server does not know.
func refusing(t *testing.T, to string) string {
	t.Helper()
	config, err := pgconn.ParseConfig(to)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				_ = client.Close()
				continue
			}
			running.Go(func() {
				_, _ = io.Copy(client, server)
				_ = client.Close()
			})
			running.Go(func() {
				defer server.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := client.Read(buf)
					if err != nil {
						return
					}
					if _, err := server.Write(bytes.ReplaceAll(buf[:n], []byte("listen pgcast"), []byte("lixten pgcast"))); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	way := url.URL{Scheme: "postgres", User: url.User(config.User), Host: listener.Addr().String(), Path: "/" + config.Database, RawQuery: "sslmode=disable"}
	return way.String()
}

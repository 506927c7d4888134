package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// TestChangesOfStatusPassAStalledReplication holds back what the database sends
// to one notifier, as a large transaction of another table does, and compares
// what its clients are told with another's.
func TestChangesOfStatusPassAStalledReplication(t *testing.T) {
	t.Parallel()
	first := setup(t, feed.Listen, withKeys)
	way := newWay(t, first.URL)
	second := beside(t, first.DB, feed.Replication, withKeys, func(c *notifier.Config) {
		c.URL = way.url
		c.TailEvery = time.Hour // but not while replication is behind
	})
	user := newUser()
	a, b, plain := first.phoenix(t, keys.Anon), second.phoenix(t, keys.Anon), second.connect(t, user)
	for _, c := range []*phoenix{a, b} {
		c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	}
	plain.follow(t)
	same := func(what string) {
		t.Helper()
		x, y := a.next(t), b.next(t)
		x.Payload.Data.At, y.Payload.Data.At = time.Time{}, time.Time{}
		if one, two := fmt.Sprintf("%+v", x.Payload), fmt.Sprintf("%+v", y.Payload); one != two {
			t.Errorf("%s:\nLISTEN  %s\nstalled %s", what, one, two)
		}
		plain.next(t)
	}
	way.hold()
	id := first.Job(t, user, "").ID.String()
	same("insert")
	for _, status := range []string{"canceled", "pending"} {
		first.Exec(t, `update jobs set status = $2 where id = $1`, id, status)
		same(status)
	}
	first.Exec(t, `delete from jobs where id = $1`, id)
	same("delete")
	first.Exec(t, `insert into jobs (user_id) select $1 from generate_series(1, 1200)`, user.String())
	for range 1200 { // more than are named by notices, or made up for after a gap
		b.wants(t, "postgres_changes", "INSERT")
		plain.next(t)
	}

	way.release()
	last := first.Job(t, user, "").ID.String()
	b.wants(t, "postgres_changes", last) // and nothing twice before
	if f := plain.next(t); f.Job.ID.String() != last {
		t.Errorf("after the stall the client is told %s", f.raw)
	}
}

// way leads to a database, and can be closed for what comes from there.
type way struct {
	url  string
	open sync.Mutex
	held bool
}

func newWay(t *testing.T, to string) *way {
	t.Helper()
	config, err := pgx.ParseConfig(to)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{url: (&url.URL{Scheme: "postgres", User: url.User(config.User), Path: "/" + config.Database,
		Host: "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)}).String()}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(context.Background(), network, address)
			if err != nil {
				t.Errorf("dial the database: %v", err)
				_ = near.Close()
				continue
			}
			open.Go(func() { w.copy(near, far, false) })
			open.Go(func() { w.copy(far, near, true) })
		}
	})
	t.Cleanup(func() {
		w.release()
		_ = l.Close()
		open.Wait()
	})
	return w
}

// copy passes on what comes until one side ends.
func (w *way) copy(from, to net.Conn, gated bool) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if gated {
			w.await()
		}
		if _, failed := to.Write(buf[:n]); errors.Join(err, failed) != nil {
			return
		}
	}
}

// await returns once the way is open.
func (w *way) await() {
	w.open.Lock()
	defer w.open.Unlock()
}

func (w *way) hold() {
	w.open.Lock()
	w.held = true
}

func (w *way) release() {
	if w.held {
		w.held = false
		w.open.Unlock()
	}
}

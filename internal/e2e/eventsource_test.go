package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// listenTo opens an EventSource and writes down what it hears, and the place
// that a browser would come back from.
const listenTo = `(() => {
	window.heard = [];
	window.place = '';
	fetch('/v1/ws/ticket', { method: 'POST', headers: { Authorization: 'Bearer %s' } }).then((r) => r.json()).then(({ ticket }) => {
		const source = new EventSource('/v1/events?ticket=' + ticket + '%s');
		for (const name of ['snapshot', 'job', 'deleted', 'reset'])
			source.addEventListener(name, (e) => {
				const { job } = JSON.parse(e.data);
				window.heard.push(job ? name + ' ' + job.status : name);
				window.place = e.lastEventId || window.place;
			});
		window.source = source;
	});
	return true;
})()`

// A page that knows nothing but EventSource follows its jobs, goes away, and
// hears of what it missed.
func TestEventSourceInTheBrowser(t *testing.T) {
	t.Parallel()
	d := startUp(t, dataDir(t))
	user := d.world().join(t)
	p := openPage(t, d.url)
	p.wait("listen", fmt.Sprintf(listenTo, user.token, ""))
	p.wait("hear the snapshot", `window.heard.includes('snapshot')`)
	id := user.upload(t, sample(), "")
	user.forecast(t, id)
	p.wait("hear the job complete", `window.heard.includes('job completed')`)
	priority := 0
	eventually(t, "the page knows its place", func() bool {
		priority++
		d.psql(t, fmt.Sprintf("update jobs set priority = %d where id = '%s'", priority, id))
		return p.number(`window.place === '' ? 0 : 1`) == 1
	})

	p.wait("go away", `window.source.close() === undefined`)
	user.forecast(t, id)
	p.wait("come back", strings.Replace(fmt.Sprintf(listenTo, user.token, "&cursor=' + encodeURIComponent(place) + '"), "window.place = '';", "const place = window.place;", 1))
	p.wait("hear what was missed", `window.heard.includes('job pending') && window.heard.includes('job completed')`)
	p.wait("hear no snapshot", `!window.heard.includes('snapshot') && !window.heard.includes('reset')`)
	if complaints := p.complaints(); len(complaints) > 0 {
		t.Errorf("the browser complained: %s", strings.Join(complaints, "\n"))
	}
}

// cable is a way to a server that can be cut.
type cable struct {
	url string

	mu    sync.Mutex
	conns []net.Conn
}

// lay puts a cable before a server.
func lay(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{url: "http://" + l.Addr().String()}
	var carrying sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
		carrying.Wait()
	})
	carrying.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(to, "http://"))
			if err != nil {
				_ = near.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
				carrying.Go(func() {
					_, _ = io.Copy(way[0], way[1])
					_ = way[0].Close()
					_ = way[1].Close()
				})
			}
		}
	})
	return c
}

// cut ends all that goes through the cable; what comes later goes through.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// An EventSource whose connection is cut comes back by itself, without a new
// ticket, and hears of what it missed.
func TestEventSourceComesBackByItself(t *testing.T) {
	t.Parallel()
	d := startUp(t, dataDir(t))
	wire := lay(t, d.url)
	user := d.world().join(t)
	p := openPage(t, wire.url)
	p.wait("listen", fmt.Sprintf(listenTo, user.token, ""))
	p.wait("hear the snapshot", `window.heard.includes('snapshot')`)
	for round := range 3 {
		priority := 10 * round
		eventually(t, "the page knows its place", func() bool {
			priority++
			d.psql(t, fmt.Sprintf(`with made as (insert into jobs (user_id) select '%s' where not exists (select from jobs where user_id = '%[1]s') returning id)
				update jobs set priority = %d where user_id = '%[1]s'`, user.id, priority))
			return p.number(`window.place === '' || window.place.startsWith('~') ? 0 : 1`) == 1
		})
		p.wait("forget", `(window.heard = []) && true`)
		wire.cut()
		d.insert(t, user)
		p.wait("hear what was missed", `window.heard.includes('job pending')`)
		p.wait("hear no snapshot", `!window.heard.includes('snapshot') && !window.heard.includes('reset')`)
	}
}

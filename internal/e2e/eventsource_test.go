package e2e

import (
	"fmt"
	"strings"
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

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A file of several series on the page: one after the other is looked at, also
// with the keys; and the statement that the page proposes does in psql what its
// button does.
func TestSeveralSeriesOnThePage(t *testing.T) {
	t.Parallel()
	d := startUp(t, t.TempDir())
	p := openPage(t, d.url)

	p.do("try the sample of shops", chromedp.Click(chromedp.CSS("#shops")), chromedp.WaitVisible(chromedp.CSS("#request")))
	if series := p.text("#id_columns"); !strings.Contains(series, "shop") || !strings.Contains(series, "all rows are one series") {
		t.Errorf("there may be a series for each %q", series)
	}
	p.do("ask for more than the form has", chromedp.SendKeys(chromedp.CSS("#others"), `{"gaps": "zero"}`))
	statement := p.text("#elsewhere .command:last-child code")
	if !strings.Contains(statement, `"gaps":"zero"`) || !strings.Contains(statement, `"id_columns":["shop"]`) {
		t.Errorf("the statement is %s", statement)
	}
	d.psql(t, statement)
	p.do("see the chart", chromedp.WaitVisible(chromedp.CSS("#chart canvas")))

	first := p.attribute("#chart", "aria-label")
	p.do("look at the next one", chromedp.Click(chromedp.CSS(`[aria-label="Next series"]`)))
	p.wait("see another chart", `document.querySelectorAll('#chart canvas').length === 1 && document.querySelector('#chart').ariaLabel !== '`+first+`'`)
	next := p.text(".readout")
	if !strings.Contains(next, "2025-10-28: forecast") || !strings.Contains(next, "80 %") {
		t.Errorf("nobody points at the chart, and it says %q", next)
	}
	p.do("go to the last two days", chromedp.Focus(chromedp.CSS("#chart")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.ArrowLeft))
	p.wait("read the day", `document.querySelector('.readout').textContent.startsWith('2025-10-26: ')`)

	p.do("look at it on a phone", chromedp.EmulateViewport(360, 740))
	p.wait("nothing lies beside the screen", `document.documentElement.scrollWidth <= 360`)
	if complaints := p.complaints(); len(complaints) > 0 {
		t.Errorf("the browser complained: %s", strings.Join(complaints, "\n"))
	}
}

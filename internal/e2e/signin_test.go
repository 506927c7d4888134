package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A deployment has no local user: its page asks for a token, says what is wrong
// with a bad one, and works with a good one.
func TestThePageOfADeploymentAsksForAToken(t *testing.T) {
	t.Parallel()
	s := openSite(t, 1)
	p := openTab(t, s.url())
	paste := func(token string) {
		t.Helper()
		p.do("paste a token", chromedp.WaitVisible(chromedp.CSS("#token")), chromedp.SendKeys(chromedp.CSS("#token"), token),
			chromedp.Click(chromedp.CSS(".signin button")))
	}
	paste("nonsense")
	p.do("be refused", chromedp.WaitVisible(chromedp.CSS("#alert .problem")))
	if said := p.text("#alert"); !strings.Contains(said, "not valid") {
		t.Errorf("a bad token is answered %q", said)
	}
	paste(s.join(t).token)
	p.do("be let in", chromedp.WaitVisible(chromedp.CSS("#sample")))
	p.beLive()
	p.do("forecast a sample", chromedp.Click(chromedp.CSS("#sample")), chromedp.Click(chromedp.CSS("#forecast")), chromedp.WaitVisible(chromedp.CSS("#chart canvas")))
}

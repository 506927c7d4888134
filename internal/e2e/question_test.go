package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What pgcast cannot know it asks on the page, and the answer proposed there is
// one press away.
func TestAQuestionIsAskedAndAnsweredOnThePage(t *testing.T) {
	t.Parallel()
	d := startUp(t, t.TempDir())
	p := openPage(t, d.url)

	p.do("drop a file of irregular times", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{irregular(t)}))
	p.do("see the question", chromedp.WaitVisible(chromedp.CSS(".question")))
	if question := p.text(".question"); !strings.Contains(question, "no regular grid") {
		t.Errorf("the question is %q", question)
	}
	if text := p.text("#main"); strings.Contains(text, "[object") {
		t.Errorf("the page shows its own insides: %q", text)
	}
	p.do("accept the proposal", chromedp.Click(chromedp.CSS("#forecast")))
	p.do("see the chart", chromedp.WaitVisible(chromedp.CSS("#chart canvas")))
	if complaints := p.complaints(); len(complaints) > 0 {
		t.Errorf("the browser complained: %s", strings.Join(complaints, "\n"))
	}
}

// irregular writes a file whose steps are between 10 and 22 minutes.
func irregular(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("time,speed\n")
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i := range 400 {
		at = at.Add(time.Duration(10+i*i%13) * time.Minute)
		fmt.Fprintf(&text, "%s,%d\n", at.Format("2006-01-02 15:04:05"), 60+i%24)
	}
	path := filepath.Join(t.TempDir(), "speed.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// The first forecast of a new user: drop a file, look at what was understood,
// press Forecast, watch it run without reloading, see the chart, download the
// numbers; then an operator runs it again in psql under the same page.
func TestFirstForecastInTheBrowser(t *testing.T) {
	t.Parallel()
	d := startUp(t, dataDir(t))
	p := openPage(t, d.url)
	file := filepath.Join("..", "..", "web", "static", "samples", "air_passengers.csv")

	p.do("drop a file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{absolute(t, file)}))
	p.do("see the columns", chromedp.WaitVisible(chromedp.CSS("#columns")), chromedp.WaitVisible(chromedp.CSS("#preview")))
	if columns := p.text("#columns"); !strings.Contains(columns, "month") || !strings.Contains(columns, "passengers") {
		t.Errorf("the columns are shown as %q", columns)
	}
	if preview := p.text("#preview"); !strings.Contains(preview, "1949-01") || !strings.Contains(preview, "1960-12") {
		t.Errorf("the preview shows neither the first nor the last row: %q", preview)
	}
	p.picture("understood")

	p.watchStatus()
	p.do("press Forecast", chromedp.Click(chromedp.CSS("#forecast")))
	p.do("see the chart", chromedp.WaitVisible(chromedp.CSS("#chart canvas")), chromedp.WaitVisible(chromedp.CSS("#leaderboard")))
	if got, want := p.statuses(), []string{"pending", "processing", "completed"}; !slices.Equal(got, want) {
		t.Errorf("the page showed the statuses %v, want %v", got, want)
	}
	if ink := p.number(bandInk); ink < 200 {
		t.Errorf("%v pixels of the chart have the colour of a band or of the forecast", ink)
	}
	p.picture("result")

	csv := p.download("forecast.csv", "air_passengers.forecast.csv")
	if want := forecastFile(t, file); csv != want {
		t.Errorf("forecast.csv of the job is not what pgcast forecast gives:\n%s\nwant\n%s", csv, want)
	}

	id, first := p.attribute(".job", "data-job"), p.attribute(".outcome", "data-forecast")
	p.watchStatus()
	d.psql(t, "update jobs set status = 'pending' where id = '"+id+"'")
	p.wait("see it run again", `document.querySelector('.outcome').dataset.forecast !== '`+first+`'`)
	if got, want := p.statuses(), []string{"pending", "processing", "completed"}; !slices.Equal(got, want) {
		t.Errorf("after psql the page showed the statuses %v, want %v", got, want)
	}
	p.wait("see who did it", `document.querySelector('#events').textContent.includes('psql')`)
	if again := p.download("forecast.csv", "air_passengers.forecast.csv"); again != csv {
		t.Error("the second run gave other numbers")
	}
	if text := p.text("#main"); strings.Contains(text, "[object") || strings.Contains(text, "undefined") {
		t.Errorf("the page shows its own insides: %q", text)
	}
	if complaints := p.complaints(); len(complaints) > 0 {
		t.Errorf("the browser complained: %s", strings.Join(complaints, "\n"))
	}
}

// bandInk counts the pixels of the chart that are closer to orange, the colour
// of the forecast and its bands, than to any grey or blue.
const bandInk = `(() => {
	const canvas = document.querySelector('#chart canvas');
	const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
	let n = 0;
	for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0 && data[i] > data[i + 2] + 40) n++;
	return n;
})()`

// page is one tab of a headless Chromium.
type page struct {
	t         *testing.T
	ctx       context.Context
	downloads string
	console   chan []string
	stop      context.CancelFunc
}

// openPage opens the page of `pgcast up`, where one is signed in.
func openPage(t *testing.T, url string) *page {
	t.Helper()
	p := openTab(t, url)
	p.do("see the page", chromedp.WaitVisible(chromedp.CSS("#sample")))
	p.beLive()
	return p
}

func (p *page) beLive() {
	p.t.Helper()
	p.wait("be live", `document.querySelector('#connection').dataset.state === 'live'`)
}

func openTab(t *testing.T, url string) *page {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.WindowSize(1280, 1400), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	tab, closeTab := chromedp.NewContext(allocator)
	ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
	p := &page{t: t, ctx: ctx, downloads: t.TempDir(), console: make(chan []string, 1)}
	t.Cleanup(func() {
		if t.Failed() {
			p.picture("failed")
		}
		cancel()
		closeTab()
		stop()
	})
	p.do("open the page", chromedp.Navigate("about:blank"), p.listen(), chromedp.Navigate(url))
	return p
}

// listen collects what the console says, and lets downloads go to a directory.
func (p *page) listen() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		listening, stop := context.WithCancel(p.ctx)
		p.stop = stop
		messages := chromedp.Console(listening)
		go func() {
			var bad []string
			for m, err := range messages {
				if err != nil {
					break
				}
				if m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning {
					bad = append(bad, m.Text)
				}
			}
			p.console <- bad
		}()
		_, err := chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: p.downloads,
		})
		return err
	})
}

// complaints are the errors and warnings of the console, refusals by the
// content security policy among them.
func (p *page) complaints() []string {
	p.stop()
	return <-p.console
}

func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// wait polls an expression until it is true.
func (p *page) wait(what, expression string) {
	p.t.Helper()
	eventually(p.t, what, func() bool {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression))
		return err == nil && ok
	})
}

func (p *page) text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.TextContent(chromedp.CSS(selector)))
	if err != nil {
		p.t.Fatalf("read %s: %v", selector, err)
	}
	return text
}

func (p *page) attribute(selector, name string) string {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.AttributeValue(chromedp.CSS(selector), name))
	if err != nil {
		p.t.Fatalf("read %s of %s: %v", name, selector, err)
	}
	return got.Value
}

func (p *page) number(expression string) float64 {
	p.t.Helper()
	n, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](expression))
	if err != nil {
		p.t.Fatalf("evaluate: %v", err)
	}
	return n
}

// watchStatus notes every status that the page shows from now on.
func (p *page) watchStatus() {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`(() => {
		window.seen = [];
		window.watcher?.disconnect();
		window.watcher = new MutationObserver(() => {
			const status = document.querySelector('#status')?.textContent;
			if (status && status !== 'uploaded' && status !== window.seen.at(-1)) window.seen.push(status);
		});
		window.watcher.observe(document.querySelector('.status'), { childList: true, subtree: true });
		return true;
	})()`))
	if err != nil {
		p.t.Fatalf("watch the status: %v", err)
	}
}

func (p *page) statuses() []string {
	p.t.Helper()
	seen, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`window.seen`))
	if err != nil {
		p.t.Fatalf("read the statuses: %v", err)
	}
	return seen
}

// download clicks on a file and returns its text, once it is whole.
func (p *page) download(name, as string) string {
	p.t.Helper()
	_ = os.Remove(filepath.Join(p.downloads, as))
	p.do("click on the download", chromedp.Click(chromedp.CSS(`[id="download-`+name+`"]`)))
	var text []byte
	eventually(p.t, "the download of "+name+" is there", func() bool {
		var err error
		text, err = os.ReadFile(filepath.Join(p.downloads, as))
		return err == nil && len(text) > 0
	})
	return string(text)
}

// picture keeps a screenshot when PICTURES names a directory.
func (p *page) picture(name string) {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100)) // 100 is PNG
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644)
	}
	if err != nil {
		p.t.Logf("picture %s: %v", name, err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

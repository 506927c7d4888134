package cli

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
)

var (
	metricName = regexp.MustCompile(`\bpgcast_(?:processor|notifier|webhook)_[a-z_]+[a-z]`)
	described  = regexp.MustCompile(`fqName: "([^"]+)", help: "([^"]*)"`)
)

// The names that dashboards and alarms are made of are those that there are, and
// the page tells all of them.
func TestMetricsAreThoseThatArePublished(t *testing.T) {
	t.Parallel()
	h, err := openHouse(t.Context(), Env{Stderr: io.Discard}, config.Config{
		DatabaseURL: dbtest.New(t).URL, SupabaseURL: "http://127.0.0.1:1", ServiceKey: "unused", Bucket: "forecast-uploads", WebhookKey: "a key of these tests",
	}, "test", auth.Config{Secret: []byte(testSecret)})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	h.workshop(-1)
	h.window(0)
	there := map[string]string{} // name to help
	descriptions := make(chan *prometheus.Desc)
	go func() { h.registry.Describe(descriptions); close(descriptions) }()
	for d := range descriptions {
		if m := described.FindStringSubmatch(d.String()); m != nil && strings.HasPrefix(m[1], "pgcast_") {
			there[m[1]] = m[2]
		}
	}
	if len(there) < 30 {
		t.Fatalf("there are only %v", there)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	board, err := os.ReadFile("../../scripts/grafana/pgcast.json")
	if err != nil || !json.Valid(board) {
		t.Fatalf("the dashboard is no JSON: %v", err)
	}
	for name, text := range map[string][]byte{"operations.md": page, "pgcast.json": board} {
		for _, used := range metricName.FindAllString(string(text), -1) {
			family := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(used, "_bucket"), "_sum"), "_count")
			if there[used] == "" && there[family] == "" {
				t.Errorf("%s names %s, which nothing publishes", name, used)
			}
		}
	}
	var missing []string
	for name, help := range there {
		if row := "| `" + name + "` | "; !strings.Contains(string(page), row) {
			missing = append(missing, row+help+" |")
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("docs/operations.md does not tell of:\n%s", strings.Join(missing, "\n"))
	}
}

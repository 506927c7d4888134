package cli

import (
	"io"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestTheDoorStaysReadyWhileTheNotifierLooksForItsNextSource(t *testing.T) {
	t.Parallel()
	h, err := openHouse(t.Context(), Env{Stderr: io.Discard}, config.Config{
		DatabaseURL: dbtest.New(t).URL, SupabaseURL: "http://127.0.0.1:1", ServiceKey: "unused", JWTSecret: testSecret, Bucket: "forecast-uploads",
	}, "test", auth.Config{Secret: []byte(testSecret)})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	p := h.newPort()
	if r := p.ready(t.Context()); r.Source != "" || r.Checks["notifier"] != nil {
		t.Errorf("without a notifier: %+v", r)
	}
	source := "none"
	p.window = func() notifier.Readiness {
		return notifier.Readiness{Ready: source != "none", State: feed.State{Mode: feed.Mode(source), Reason: "because"}}
	}
	for i, want := range []struct {
		source string
		ready  bool
	}{{"none", false}, {"replication", true}, {"none", true}, {"listen", true}} {
		source = want.source
		r := p.ready(t.Context())
		if r.Source != want.source || r.Reason != "because" || (r.Checks["notifier"] == nil) != want.ready {
			t.Errorf("question %d: source %q, notifier: %v; want %+v", i, r.Source, r.Checks["notifier"], want)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

const held = 4 // jobs that the killed processor runs

// recovery is the time from kill -9 of a `pgcast processor` to the moment when
// the last of its jobs runs in another one. A job runs when its input is read:
// the storage of this benchmark sees that, and never answers.
func recovery(ctx context.Context, b *bench) error {
	var waits []float64
	for range b.crashes {
		wait, err := b.crash(ctx)
		if err != nil {
			return err
		}
		waits = append(waits, wait)
	}
	of("kill_9_to_running_elsewhere_p50", "pgcast", "s", waits).print()
	f := of(fmt.Sprintf("kill_9_to_running_elsewhere_max_of_%d", b.crashes), "pgcast", "s", []float64{figures.Quantile(waits, 1)})
	f.atMost(2).print()
	return nil
}

func (b *bench) crash(ctx context.Context) (float64, error) {
	h, err := b.house(ctx)
	if err != nil {
		return 0, err
	}
	defer h.close()
	reads := make(chan string, 100)
	storage := httptest.NewServer(hanging(reads))
	defer storage.CloseClientConnections()

	first, err := b.processor(ctx, h, storage.URL, 1)
	if err != nil {
		return 0, err
	}
	defer first.end()
	if err := do(ctx, h.conn, fmt.Sprintf(`
		insert into jobs (id, user_id, input_file_path, params)
		select id, id, id || '/' || id || '/input.csv', '{}'
		from (select gen_random_uuid() as id from generate_series(1, %d)) t`, held)); err != nil {
		return 0, err
	}
	if _, err := running(ctx, reads); err != nil {
		return 0, err
	}
	second, err := b.processor(ctx, h, storage.URL, 2)
	if err != nil {
		return 0, err
	}
	defer second.end()
	begin := time.Now()
	first.end()
	last, err := running(ctx, reads)
	return last.Sub(begin).Seconds(), err
}

// hanging is a storage that says whose input is read, and keeps the reader
// waiting.
func hanging(reads chan<- string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/input.csv") {
			http.NotFound(w, r)
			return
		}
		parts := strings.Split(r.URL.Path, "/")
		reads <- parts[len(parts)-2]
		<-r.Context().Done()
	}
}

// running waits until each of the jobs has been read, and answers when the last
// was.
func running(ctx context.Context, reads <-chan string) (time.Time, error) {
	seen := map[string]bool{}
	for len(seen) < held {
		select {
		case id := <-reads:
			seen[id] = true
		case <-time.After(time.Minute):
			return time.Time{}, fmt.Errorf("%d of %d jobs ran within a minute", len(seen), held)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
	return time.Now(), nil
}

type child struct{ *exec.Cmd }

// processor starts `pgcast processor`, and returns when so many are registered
// with the lock that tells of their death.
func (b *bench) processor(ctx context.Context, h *house, storage string, registered int) (child, error) {
	c := child{exec.CommandContext(ctx, b.pgcast, "processor")}
	c.Env = append(os.Environ(), "DATABASE_URL="+h.url, "SUPABASE_URL="+storage, "SUPABASE_SERVICE_ROLE_KEY=bench",
		fmt.Sprint("PROCESSOR_SLOTS=", held), "LOG_LEVEL=error")
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return c, awaitCount(ctx, h.conn, registered, "select count(*) from processors where lock_key is not null")
}

// end is kill -9.
func (c child) end() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

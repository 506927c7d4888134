package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// jobs fills the table and asks for pages of the list 100 times a second,
// whatever the answers take: of users who own the table together, and of one
// who owns all of it. The floor is an address that asks nobody, in the same
// seconds: what the machine and the client take.
func jobs(ctx context.Context, p *place, s sizes) error {
	conn, err := pgx.Connect(ctx, p.env["DATABASE_URL"])
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	server, err := settings(ctx, conn)
	if err != nil {
		return err
	}
	for _, shape := range []struct {
		name  string
		owner string // SQL of who owns row n
		query string
	}{
		{"of_1000_users", `case when n % 1000 = 0 then $2::uuid else lpad(to_hex(n % 1000), 32, '0')::uuid end`, ""},
		{"of_one_user", `$2::uuid`, ""},
		{"of_one_user_by_status", `$2::uuid`, "?status=completed"},
	} {
		if shape.query == "" {
			if err := fill(ctx, conn, s.rows, shape.owner, p.env["PGCAST_USER_ID"]); err != nil {
				return err
			}
		}
		both, err := ask(ctx, p, s.time, "/v1/jobs"+shape.query, "/healthz")
		if err != nil {
			return err
		}
		took, floor := both[0], both[1]
		p99 := figures.Quantile(took, 0.99)
		figure("jobs_p99_"+shape.name, p99, "ms", "≤ 20 ms", p99 <= 20, map[string]any{
			"p50": float64(int(figures.Quantile(took, 0.5)*1000)) / 1000, "floor_p99": float64(int(figures.Quantile(floor, 0.99)*1000)) / 1000, "rows": s.rows, "requests": len(took), "per_second": 100, "server": server})
	}
	return nil
}

// fill makes the table what a long life would have made it, without the
// triggers: what the server does about so many rows at once, such as writing
// them out, is over when it returns.
func fill(ctx context.Context, conn *pgx.Conn, rows int, owner, user string) error {
	for _, sql := range []string{`set session_replication_role = replica`, `truncate public.jobs`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	_, err := conn.Exec(ctx, `
		insert into public.jobs (user_id, status, created_at, params, metrics, file_name, file_bytes, input_file_path, model_used, preview)
		select `+owner+`, case when n % 10 = 0 then 'completed' else 'failed' end, now() - n * interval '1 second',
			'{"horizon": 12}', '{"mase": 0.9, "wape": 0.1}', 'sales.csv', 1745, 'a/b/input.csv', 'ensemble', '[]'
		from generate_series(1, $1::int) n`, rows, user)
	if err != nil {
		return fmt.Errorf("fill jobs: %w", err)
	}
	for _, sql := range []string{`vacuum analyze public.jobs`, `checkpoint`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// settings are those of the server that the figures depend on.
func settings(ctx context.Context, conn *pgx.Conn) (text string, err error) {
	err = conn.QueryRow(ctx, `
		select string_agg(name || ' ' || current_setting(name), ', ' order by name) from pg_settings
		where name in ('server_version', 'shared_buffers', 'max_wal_size', 'fsync', 'synchronous_commit', 'jit')`).Scan(&text)
	return text, err
}

// ask times requests of each path, 100 a second, from the moments at which they
// were due: those of the second path stand between those of the first, so that
// both meet the same neighbours on the machine.
func ask(ctx context.Context, p *place, d time.Duration, paths ...string) ([][]float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var (
		mu   sync.Mutex
		took = make([][]float64, len(paths))
		errs []error
		all  sync.WaitGroup
	)
	step := 10 * time.Millisecond / time.Duration(len(paths))
	started := time.Now()
	for n := 0; time.Since(started) < d; n++ {
		which := n % len(paths)
		due := started.Add(time.Duration(n) * step)
		time.Sleep(time.Until(due))
		all.Go(func() {
			err := get(ctx, client, p.url+paths[which], p.bearer())
			ms := float64(time.Since(due).Microseconds()) / 1000
			mu.Lock()
			defer mu.Unlock()
			if errs = append(errs, err); due.Sub(started) > time.Second { // the first one warms caches up
				took[which] = append(took[which], ms)
			}
		})
	}
	all.Wait()
	return took, errors.Join(errs...)
}

func get(ctx context.Context, client *http.Client, url, bearer string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", bearer[len("Authorization: "):])
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || len(text) < 10) {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	return err
}

// refused has 2 MB refused, with a length and without, and times the next call
// on the same connections.
func refused(ctx context.Context, p *place, _ sizes) error {
	file := filepath.Join(p.dir, "picture.png")
	if err := os.WriteFile(file, append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 2<<20)...), 0o600); err != nil {
		return err
	}
	var took []float64
	for range 10 {
		started := time.Now()
		_, _, err := p.curl(ctx, "-F", "file=@"+file, "-H", p.bearer(), p.url+"/v1/upload", "--next", "-sS", "--fail-with-body", "-H", p.bearer(), p.url+"/v1/jobs")
		if err != nil {
			return err
		}
		took = append(took, time.Since(started).Seconds())
	}
	worst := figures.Quantile(took, 1)
	figure("refused_upload_and_next_call", worst, "s", "≤ 2 s", worst <= 2, map[string]any{"worst_of": len(took), "upload_mb": 2})
	return nil
}

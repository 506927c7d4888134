package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
)

const (
	rerun = `update jobs set status = 'pending'`

	// byHand is the same reset without any trigger.
	byHand = `
		update jobs
		set status = 'pending', forecast_id = gen_random_uuid()::text, run_at = now(), lane = 1, due = true,
		    turn = nextval('pgcast.asks') << 20, progress = 0, stage = '', attempts = 0, crashes = 0, fence = null, claimed_by = null,
		    started_at = null, finished_at = null, error_code = null, error_message = null, model_used = null, metrics = null,
		    version = version + 1, updated_at = clock_timestamp()`

	// wakeAlone stands in for all triggers that follow an update.
	wakeAlone = `
		create function bench_wake() returns trigger language plpgsql as $$ begin perform pg_notify('pgcast_wake', ''); return null; end $$;
		create trigger bench_wake after update on jobs for each statement execute function bench_wake()`
)

// bulk is what it costs that one plain UPDATE re-runs many rows: without
// triggers and the same columns written by hand, with the triggers that make
// the rows whole and one wake-up, and with runs and events as well.
func bulk(ctx context.Context, b *bench) error {
	for _, users := range []int{1, 500} {
		if err := b.bulkOf(ctx, users); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) bulkOf(ctx context.Context, users int) error {
	h, err := b.house(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	if err := b.library(ctx, h.conn, users); err != nil {
		return err
	}
	variants := []struct {
		name, triggers, statement string
		goal                      float64
	}{
		{"no triggers, columns by hand", "alter table jobs disable trigger user", byHand, 0},
		{"reset and wake", resetAlone, rerun, 1.4},
		{"everything", "alter table jobs enable trigger user; alter table jobs disable trigger bench_wake", rerun, 2.5},
	}
	times := make([][]float64, len(variants))
	for range b.rounds {
		for i, v := range variants {
			if err := completed(ctx, h.conn); err != nil {
				return err
			}
			if err := do(ctx, h.conn, v.triggers); err != nil {
				return err
			}
			took, err := timed(func() error { return do(ctx, h.conn, v.statement) })
			if err != nil {
				return err
			}
			times[i] = append(times[i], took/1000)
		}
	}
	for i, v := range variants {
		f := of(fmt.Sprintf("rerun_%d_rows", b.bulk), fmt.Sprintf("%s, %d users", v.name, users), "s", times[i]).against("no triggers", times[0])
		if v.goal > 0 {
			f = f.ratioAtMost(v.goal)
		}
		f.print()
	}
	return b.hints(ctx, h)
}

// resetAlone leaves the triggers before an update, and the wake-up.
const resetAlone = `
	alter table jobs enable trigger user;
	do $$
	declare t name;
	begin
	  for t in select tgname from pg_trigger where tgrelid = 'jobs'::regclass and not tgisinternal and tgtype & 2 = 0 and tgname <> 'bench_wake' loop
	    execute format('alter table jobs disable trigger %I', t);
	  end loop;
	end $$`

// library fills jobs with completed rows of the width of real ones.
func (b *bench) library(ctx context.Context, conn *pgx.Conn, users int) error {
	return do(ctx, conn, wakeAlone, "set session_replication_role = replica", fmt.Sprintf(`
		insert into jobs (user_id, params, input_file_path, output_file_path, file_name, file_bytes, columns, time_candidates, preview, profile)
		select md5((n %% %d)::text)::uuid, '{"horizon": 12, "frequency": "M"}', md5(n::text) || '/input.csv', md5(n::text) || '/output.json',
		  'sales ' || n || '.csv', n, left(t, 200), left(t, 100), t, jsonb_build_object('profile', left(t, 1000))
		from generate_series(1, %d) n,
		  lateral (select string_agg(md5(n * 100 + i || ''), '') as t from generate_series(1, 47) i) texts`, users, b.bulk),
		"set session_replication_role = origin")
}

// completed brings all rows back to where they were: completed, as their runs.
func completed(ctx context.Context, conn *pgx.Conn) error {
	err := do(ctx, conn, "set session_replication_role = replica", `
		update jobs
		set status = 'completed', due = false, turn = 0, attempts = 1, fence = 1, claimed_by = 'bench', started_at = now(), finished_at = now(),
		    model_used = 'auto_arima', metrics = '{"mase": 0.87}', progress = 1, forecast_id = gen_random_uuid()::text`,
		"truncate job_runs, job_events", `
		insert into job_runs (forecast_id, job_id, user_id, status, params, fence, folder, finished_at)
		select forecast_id::uuid, id, user_id, 'completed', params, 1, 'folder', now() from jobs`,
		"set session_replication_role = origin")
	if err != nil {
		return err
	}
	return settled(ctx, conn, "jobs, job_runs, job_events")
}

// hints counts what one re-run sends to a listener while a notifier lives on
// notifications.
func (b *bench) hints(ctx context.Context, h *house) error {
	if err := completed(ctx, h.conn); err != nil {
		return err
	}
	if err := h.WantStatus(ctx, "bench", true); err != nil {
		return err
	}
	var mu sync.Mutex
	heard := map[string]float64{}
	connected, ended := make(chan struct{}), make(chan struct{})
	listener := db.Listener{
		URL:       h.url,
		Channels:  []string{"pgcast_wake", "pgcast_status", "bench_end"},
		OnConnect: func(context.Context, *pgx.Conn) error { close(connected); return nil },
		OnNotify: func(channel, _ string) {
			mu.Lock()
			defer mu.Unlock()
			if heard[channel]++; channel == "bench_end" {
				close(ended)
			}
		},
	}
	hearing, deaf := context.WithCancel(ctx)
	var ears sync.WaitGroup
	ears.Go(func() { _ = listener.Run(hearing) })
	defer ears.Wait()
	defer deaf()
	<-connected
	if err := do(ctx, h.conn, rerun, "notify bench_end"); err != nil {
		return err
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		return fmt.Errorf("the end was not heard")
	}
	mu.Lock()
	defer mu.Unlock()
	for _, channel := range []string{"pgcast_wake", "pgcast_status"} {
		f := of(fmt.Sprintf("rerun_%d_rows_notifications", b.bulk), channel, "", []float64{heard[channel]})
		f.promise("exactly 1", heard[channel] == 1).print()
	}
	return nil
}

package db_test

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// The two forms in which the table existed before pgcast had migrations.
const (
	formWithDefaults = `
		create table jobs (
			id uuid primary key default gen_random_uuid(), user_id uuid not null, status text not null default 'pending',
			input_file_path text, output_file_path text, forecast_id text, model_used text, metrics jsonb,
			columns text, time_candidates text, preview text, error_message text,
			created_at timestamptz default now(), updated_at timestamptz default now());
		alter table jobs enable row level security;
		create policy "Service role full access" on jobs for all using (true) with check (true);
		create policy "Users see their own" on jobs for select using (auth.uid() = user_id);
		grant all on jobs to anon, authenticated, service_role;`

	formWithoutZone = `
		create table jobs (
			id uuid primary key, user_id uuid, status text,
			input_file_path text, output_file_path text, forecast_id text, model_used text, metrics jsonb,
			columns text, time_candidates text, preview text, error_message text,
			created_at timestamp, updated_at timestamp);`
)

// oldRows are as the two services before left them, ids 1 to 7.
const oldRows = `
	insert into jobs (id, user_id, status, input_file_path, output_file_path, forecast_id, model_used, metrics, columns, time_candidates, preview, error_message, created_at, updated_at) values
	('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'pending', 'a/1/input.csv', null, null, null, null, '["ds", "y"]', '["ds"]', 'ds,y', null, '2025-03-30 02:30:00', '2025-03-30 02:30:00'),
	('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-00000000000a', 'completed', 'a/2/input.csv', 'a/2/output.json', 'f-77', 'Prophet', '{"mae": 1.5}', 'not json', null, null, null, '2025-01-01 12:00:00', '2025-01-01 13:00:00'),
	('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000a', 'failed', 'a/3/input.csv', null, 'f-78', null, null, null, null, null, 'no time column', '2025-01-02 12:00:00', '2025-01-02 13:00:00'),
	('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-00000000000a', 'processing', 'a/4/input.csv', null, 'f-79', null, null, null, null, null, null, '2025-01-03 12:00:00', '2025-01-03 13:00:00'),
	('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-00000000000b', 'queued', 'b/5/input.csv', null, null, null, null, null, null, null, null, '2025-01-04 12:00:00', '2025-01-04 13:00:00'),
	('00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-00000000000b', 'archived by hand', 'b/6/input.csv', 'b/6/output.json', 'f-80', null, null, null, null, null, null, '2025-01-05 12:00:00', '2025-01-05 13:00:00');`

func oldID(n byte) job.ID {
	id, _ := job.ParseID("00000000-0000-4000-8000-000000000000")
	id.UUID[15] = n
	return id
}

func TestOriginalTablesUpgradeInPlace(t *testing.T) {
	t.Parallel()
	forms := map[string]string{"with defaults": formWithDefaults, "without zone": formWithoutZone}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ctx := dbtest.NewEmpty(t, true), t.Context()
			d.Exec(t, form)
			d.Exec(t, `set timezone = 'UTC'; `+oldRows+`; reset timezone`)
			if form == formWithoutZone {
				d.Exec(t, `alter database `+databaseName(t, d)+` set timezone = 'Asia/Tokyo'`) // times mean UTC all the same
				d.Exec(t, `insert into jobs (id) values ('00000000-0000-4000-8000-000000000007')`)
			}
			if err := db.Migrate(ctx, d.URL, nil); err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(ctx, d.URL, nil); err != nil {
				t.Fatalf("again: %v", err)
			}
			if err := d.Current(ctx); err != nil {
				t.Error(err)
			}

			user, _ := job.ParseUserID("00000000-0000-4000-8000-00000000000a")
			done, err := d.Get(ctx, user, oldID(2))
			if err != nil {
				t.Fatal(err)
			}
			want := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
			if !done.CreatedAt.Equal(want) || done.OutputPath != "a/2/output.json" || done.ForecastID != "f-77" || done.ModelUsed != "Prophet" ||
				string(done.Metrics) != `{"mae": 1.5}` || done.Progress.Fraction != 1 || done.Version != 1 || done.Params != nil {
				t.Errorf("completed row: %+v", done.Job)
			}
			if string(done.Columns) != `"not json"` {
				t.Errorf("columns %s, want a JSON string", done.Columns)
			}
			if page, err := d.List(ctx, user, job.Filter{}); err != nil || len(page.Jobs) != 4 || page.Jobs[0].ID != oldID(1) {
				t.Errorf("list %+v, %v", page, err)
			}
			if events, err := d.Events(ctx, user, oldID(2)); err != nil || len(events) != 0 {
				t.Errorf("events of a row older than the trail: %v, %v", events, err)
			}

			statuses := map[byte]job.Status{1: job.Pending, 3: job.Failed, 4: job.Processing, 5: "queued", 6: "archived by hand"}
			for n, status := range statuses {
				if got := row(t, d, oldID(n)); got.Status != status {
					t.Errorf("row %d is %q, want %q", n, got.Status, status)
				}
			}
			if form == formWithoutZone && row(t, d, oldID(7)).Status != job.Pending {
				t.Error("the row of nulls was not kept")
			}

			// Nothing runs by itself; all of it can be asked to.
			if claims, err := d.Claim(ctx, "p", 10, 0); err != nil || len(claims) != 0 {
				t.Errorf("claimed %v, %v", claims, err)
			}
			if n, err := d.Rescue(ctx); err != nil || n != 1 {
				t.Errorf("rescued %d, %v; want the one that nobody runs any more", n, err)
			}
			d.Exec(t, `update jobs set status = 'pending'`)
			claims, err := d.Claim(ctx, "p", 10, 0)
			if err != nil || len(claims) < 6 {
				t.Errorf("claimed %d, %v; want all", len(claims), err)
			}
			for _, c := range claims {
				if err := completeOne(ctx, d, c); err != nil {
					t.Error(err)
				}
			}
			checkClosed(t, d)
		})
	}
}

func databaseName(t *testing.T, d *dbtest.DB) (name string) {
	t.Helper()
	if err := d.Pool().QueryRow(t.Context(), `select current_database()`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

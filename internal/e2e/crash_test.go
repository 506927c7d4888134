package e2e

import (
	"bytes"
	"image/png"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// place is where in its work a job is when something dies.
type place struct {
	name     string
	held     func(*http.Request) bool // the request that keeps the job from ending
	progress bool                     // strike as soon as progress is seen, before that request comes
}

var (
	reading     = place{"it reads its input", readsInput, false}
	forecasting = place{"it forecasts", storesResult, true}
	storing     = place{"it stores a result", storesResult, false}
	publishing  = place{"it publishes the results", publishes, false}
)

// await returns when the job is at the place.
func (s *site) await(t *testing.T, p place, tr *trap, id job.ID) {
	t.Helper()
	eventually(t, "the job is where "+p.name, func() bool {
		select {
		case <-tr.caught:
			return true
		default:
		}
		return p.progress && value[bool](t, s.world,
			`select status = 'processing' and progress > 0.05 from jobs where id = $1`, id.String())
	})
}

func TestProcessorKilledAtAnyPlaceOfItsWork(t *testing.T) {
	t.Parallel()
	s := openSite(t, 2)
	user := s.join(t)
	file, want := panel(t, 16)
	for _, places := range [][]place{{reading, forecasting}, {storing, publishing}} {
		tr := s.bucket.trap(t, places[0].held)
		id := user.upload(t, file, "{}")
		for i, p := range places {
			s.await(t, p, tr, id)
			held := tr
			if i+1 < len(places) {
				tr = s.bucket.trap(t, places[i+1].held)
			}
			s.owner(t, id).kill()
			s.bucket.release(held)
		}
		s.checkWhole(t, user, id, want)
		if n := value[int](t, s.world, `select attempts from jobs where id = $1`, id.String()); n != 1+len(places) {
			t.Errorf("the job took %d attempts, want %d", n, 1+len(places))
		}
	}
}

func TestPostgresKilledMidJob(t *testing.T) {
	t.Parallel()
	s := openSite(t, 2)
	user := s.join(t)
	file, want := panel(t, 16)
	for _, p := range []place{forecasting, publishing} {
		tr := s.bucket.trap(t, p.held)
		id := user.upload(t, file, "{}")
		s.await(t, p, tr, id)
		s.killPostgres(t)
		s.bucket.release(tr)
		s.startPostgres(t)
		s.awaitReady(t)
		s.checkWhole(t, user, id, want)
	}
}

// First the process alone is killed, and its Postgres ends by itself; then
// every process at once.
func TestEverythingKilledMidJob(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	file, want := panel(t, 16)
	d := startUp(t, dir)
	user := d.world().join(t)
	var jobs []job.ID
	for range 3 {
		jobs = append(jobs, user.upload(t, file, "{}"))
	}
	for _, strike := range []struct {
		when string
		kill func([]int)
	}{
		{`status = 'processing' and attempts = 1`, func([]int) { d.kill() }},
		{`status = 'processing' and attempts = 2 and started_at < clock_timestamp() - interval '300 ms'`, func(postgres []int) { killAll(t, postgres); d.kill() }},
	} {
		postgres := d.world().serverPIDs(t)
		eventually(t, "a job is "+strike.when, func() bool {
			return value[bool](t, d.world(), `select exists (select from jobs where `+strike.when+`)`)
		})
		strike.kill(postgres)
		d = startUp(t, dir)
		user.url = d.world().url
		if n := value[int](t, d.world(), `select count(*) from jobs where status <> 'completed'`); n == 0 {
			t.Error("nothing was left to do after the kill: it came too late")
		}
	}
	for _, id := range jobs {
		d.world().checkWhole(t, user, id, want)
	}
	lost := value[int](t, d.world(), `select count(distinct txid) from job_events where code = 'processor_lost'`)
	if lost < 2 {
		t.Errorf("jobs were taken back %d times, want after each of two kills", lost)
	}
}

func TestTerminatedProcessorHandsItsJobBack(t *testing.T) {
	t.Parallel()
	s := openSite(t, 2)
	user := s.join(t)
	file := filepath.Join("..", "..", "web", "static", "samples", "air_passengers.csv")
	tr := s.bucket.trap(t, readsInput)
	id := user.upload(t, file, "{}")
	s.await(t, reading, tr, id)

	took := s.owner(t, id).terminate(t)
	t.Logf("the processor stopped in %v", took)
	s.bucket.release(tr)
	s.checkWhole(t, user, id, forecastFile(t, file))
	type event struct {
		Status  string
		Attempt int
		Code    string
	}
	got := rows(t, s.world, pgx.RowToStructByPos[event],
		`select status, attempt, code from job_events where job_id = $1 order by id`, id.String())
	want := []event{{"pending", 0, ""}, {"processing", 1, ""}, {"pending", 1, "released"}, {"processing", 1, ""}, {"completed", 1, ""}}
	if !slices.Equal(got, want) {
		t.Errorf("the audit trail is %v, want %v", got, want)
	}
}

// checkWhole waits until a job has ended, and checks that it was done once and
// that its outputs are whole: the winning folder holds what was promised, the
// API gives it out, the canonical copies match, and the numbers are right.
func (w world) checkWhole(t *testing.T, user *member, id job.ID, forecast string) {
	t.Helper()
	eventually(t, "job "+id.String()+" has ended", func() bool {
		return value[bool](t, w, `select status in ('completed', 'failed', 'canceled') from jobs where id = $1`, id.String())
	})
	type run struct {
		ID, Status, Folder string
		Checksums          map[string]string
		Completions        int
	}
	runs := rows(t, w, pgx.RowToStructByPos[run], `
		select forecast_id::text, status, coalesce(folder, ''), checksums,
			(select count(*) from job_events e where e.forecast_id = r.forecast_id::text and e.status = 'completed')
		from job_runs r where job_id = $1`, id.String())
	if len(runs) != 1 || runs[0].Status != "completed" || runs[0].Completions != 1 {
		t.Fatalf("job %s has the runs %+v; want one, completed once", id, runs)
	}
	names := []string{"forecast.csv", "forecast.png", "output.json"}
	if got := w.names(t, runs[0].Folder); !slices.Equal(got, names) {
		t.Errorf("the folder %s holds %v, want %v", runs[0].Folder, got, names)
	}
	files := map[string][]byte{}
	for _, name := range names {
		files[name] = user.file(t, id, name)
		for from, text := range map[string][]byte{
			"the API":            files[name],
			"the run's folder":   w.object(t, runs[0].Folder+"/"+name),
			"the canonical path": w.object(t, user.id.String()+"/"+id.String()+"/"+name),
		} {
			if sum := sha(text); sum != runs[0].Checksums[name] {
				t.Errorf("%s from %s has the checksum %s, want %s", name, from, sum, runs[0].Checksums[name])
			}
		}
	}
	if got := string(files["forecast.csv"]); got != forecast {
		t.Errorf("forecast.csv has %d lines and is not what pgcast forecast gives, with %d lines",
			strings.Count(got, "\n"), strings.Count(forecast, "\n"))
	}
	if _, err := png.Decode(bytes.NewReader(files["forecast.png"])); err != nil {
		t.Errorf("forecast.png: %v", err)
	}
	var output struct {
		ForecastID string `json:"forecast_id"`
	}
	if user.json(t, http.MethodGet, "/v1/forecast/"+runs[0].ID, nil, &output); output.ForecastID != runs[0].ID {
		t.Errorf("the forecast %s says that it is %s", runs[0].ID, output.ForecastID)
	}
}

package ingest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/ingest/client"
)

func TestTheGoClientGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	c, ctx := client.New(h.url+"/", p.token), t.Context()

	up, err := c.Upload(ctx, "/data/air.csv", strings.NewReader(monthly()), client.UploadOptions{Key: "k"})
	if err != nil || up.Rows != 48 || up.Frequency != "MS" || len(up.NeedsChoice) != 0 || len(up.Profile) < 1000 {
		t.Fatalf("upload: %+v, %v", up, err)
	}
	if again, err := c.Upload(ctx, "air.csv", strings.NewReader(monthly()), client.UploadOptions{Key: "k"}); err != nil || again.JobID != up.JobID {
		t.Errorf("the same upload again: %+v, %v", again, err)
	}
	asked, err := c.Forecast(ctx, up.JobID, client.Request{"horizon": 6})
	if err != nil || asked.Status != client.Pending || len(asked.Resolved) == 0 {
		t.Fatalf("forecast: %+v, %v", asked, err)
	}
	h.complete(`{"series": [{"unique_id": "a"}, {"unique_id": "b"}]}`)
	var seen []client.Status
	done, err := c.Wait(ctx, up.JobID, func(j client.Job) { seen = append(seen, j.Status) })
	if err != nil || done.Status != client.Completed || done.ForecastID != asked.ForecastID || len(seen) != 1 {
		t.Fatalf("wait: %+v, %v, %v", done, seen, err)
	}
	for want, open := range map[string]func() (io.ReadCloser, error){
		"unique_id,ds,yhat\n":                    func() (io.ReadCloser, error) { return c.File(ctx, up.JobID, "forecast.csv") },
		`{"series":[{"unique_id": "b"}]}` + "\n": func() (io.ReadCloser, error) { return c.Result(ctx, done.ForecastID, "b") },
	} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		_ = r.Close()
		if string(text) != want {
			t.Errorf("read %q, want %q", text, want)
		}
	}
	if again, err := c.Reprocess(ctx, up.JobID, nil); err != nil || again.ForecastID == asked.ForecastID {
		t.Errorf("reprocess: %+v, %v", again, err)
	}
	if stopped, err := c.Cancel(ctx, up.JobID); err != nil || stopped.Status != client.Canceled {
		t.Errorf("cancel: %+v, %v", stopped, err)
	}
	events, err := c.Events(ctx, up.JobID)
	if err != nil || events[len(events)-1].Status != client.Canceled || events[len(events)-1].TraceID == "" {
		t.Errorf("events: %+v, %v", events, err)
	}
	if err := c.Delete(ctx, up.JobID); err != nil {
		t.Errorf("delete: %v", err)
	}
	var refused *client.Error
	if _, err := c.Job(ctx, up.JobID); !errors.As(err, &refused) || refused.Status != http.StatusNotFound || refused.Code != "not_found" || refused.Hint == "" {
		t.Errorf("a job that is gone: %v", err)
	}
	if _, err := c.Upload(ctx, "a.png", strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00"), client.UploadOptions{}); !errors.As(err, &refused) || refused.Code != "not_text" {
		t.Errorf("a picture: %v", err)
	}
}

func TestTheGoClientReadsPageByPage(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	h.db.Exec(t, `insert into public.jobs (user_id, model_used) select $1, case when n % 2 = 0 then 'naive' end from generate_series(1, 450) n`, p.id.String())
	c := client.New(h.url, p.token)
	ids := map[string]bool{}
	for j, err := range c.Jobs(t.Context(), client.Filter{Statuses: []client.Status{client.Pending}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) == 200 { // what comes meanwhile is no part of it
			h.db.Job(t, p.id, "")
		}
		ids[j.ID] = true
	}
	if len(ids) != 450 {
		t.Errorf("%d jobs", len(ids))
	}
	n := 0
	for range c.Jobs(t.Context(), client.Filter{Model: "naive"}) {
		n++
	}
	if n != 225 {
		t.Errorf("%d jobs of one model", n)
	}
}

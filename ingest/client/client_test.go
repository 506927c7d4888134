package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgcast/pgcast/ingest/client"
)

// busy is a service that is away for the first requests.
func busy(t *testing.T, times int32, status int) (*client.Client, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > times {
			_, _ = w.Write([]byte(`{"job_id": "1", "status": "pending"}`))
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"code": "unavailable", "detail": "The service is starting."}`))
	}))
	t.Cleanup(server.Close)
	c := client.New(server.URL, "token")
	c.Pause = time.Millisecond
	return c, &asked
}

func TestReadingIsRepeatedWhileTheServiceIsAway(t *testing.T) {
	t.Parallel()
	c, asked := busy(t, 3, http.StatusServiceUnavailable)
	if j, err := c.Job(t.Context(), "1"); err != nil || j.ID != "1" || asked.Load() != 4 {
		t.Errorf("%+v, %v after %d requests", j, err, asked.Load())
	}
	c, asked = busy(t, 9, http.StatusServiceUnavailable)
	var refused *client.Error
	if _, err := c.Job(t.Context(), "1"); !errors.As(err, &refused) || refused.Code != "unavailable" || asked.Load() != 4 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

func TestOnlyWhatDoesNothingTwiceIsRepeated(t *testing.T) {
	t.Parallel()
	c, asked := busy(t, 1, http.StatusServiceUnavailable)
	if _, err := c.Forecast(t.Context(), "1", nil); err != nil || asked.Load() != 2 {
		t.Errorf("forecast, which has a key: %v after %d requests", err, asked.Load())
	}
	c, asked = busy(t, 1, http.StatusServiceUnavailable)
	if _, err := c.Cancel(t.Context(), "1"); err == nil || asked.Load() != 1 {
		t.Errorf("cancel, which has none: %v after %d requests", err, asked.Load())
	}
	c, asked = busy(t, 1, http.StatusNotFound)
	if _, err := c.Job(t.Context(), "1"); err == nil || asked.Load() != 1 {
		t.Errorf("what is not there: %v after %d requests", err, asked.Load())
	}
}

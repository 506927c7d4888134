package processor

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what the person on call wants to see of a processor.
type metrics struct {
	claims   *prometheus.CounterVec   // by what they brought
	claimed  prometheus.Counter       // jobs
	ended    *prometheus.CounterVec   // runs, by end
	duration *prometheus.HistogramVec // of runs, by end
	stale    prometheus.Counter
	panics   prometheus.Counter
	rescued  prometheus.Counter
	swept    prometheus.Counter
	mended   prometheus.Counter
}

// newMetrics registers with r, which may be nil.
func newMetrics(r prometheus.Registerer, p *Processor) *metrics {
	f := promauto.With(r)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "pgcast_processor_" + name, Help: help})
	}
	gauge := func(name, help string, value func() float64) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: "pgcast_processor_" + name, Help: help}, value)
	}
	gauge("slots", "Jobs this process runs at once.", func() float64 { return float64(p.Slots) })
	gauge("slots_in_use", "Jobs this process runs now.", func() float64 { return float64(p.runs.count()) })
	gauge("heartbeat_age_seconds", "Time since the last heartbeat that arrived set out.", func() float64 {
		return (time.Since(p.start) - time.Duration(p.contact.Load())).Seconds()
	})
	return &metrics{
		claims: f.NewCounterVec(prometheus.CounterOpts{Name: "pgcast_processor_claims_total",
			Help: "Claim statements, by what they brought: full, some, none or error."}, []string{"result"}),
		claimed: counter("claimed_jobs_total", "Jobs claimed."),
		ended: f.NewCounterVec(prometheus.CounterOpts{Name: "pgcast_processor_runs_total",
			Help: "Runs that ended, by end: completed, failed, retried, released, lost or abandoned."}, []string{"end"}),
		duration: f.NewHistogramVec(prometheus.HistogramOpts{Name: "pgcast_processor_run_duration_seconds",
			Help:    "Time from claim to end, by end.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 12)}, []string{"end"}),
		stale:   counter("stale_completions_total", "Completions that came after the lease was lost and changed nothing."),
		panics:  counter("panics_total", "Panics of forecasting or drawing code, caught."),
		rescued: counter("rescued_jobs_total", "Jobs freed from processors that died."),
		swept:   counter("swept_folders_total", "Folders of expired runs, deleted jobs and lost attempts removed."),
		mended:  counter("mended_results_total", "Results whose canonical copy was something else, and was put right."),
	}
}

func (m *metrics) countClaim(n, asked int, err error) {
	result := "some"
	switch {
	case err != nil:
		result = "error"
	case n == 0:
		result = "none"
	case n == asked:
		result = "full"
	}
	m.claims.WithLabelValues(result).Inc()
	m.claimed.Add(float64(n))
}

func (m *metrics) observeRun(end string, d time.Duration) {
	m.ended.WithLabelValues(end).Inc()
	m.duration.WithLabelValues(end).Observe(d.Seconds())
}

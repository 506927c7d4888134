package processor

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what the person on call wants to see of a processor.
type metrics struct {
	claims   *prometheus.CounterVec // by what they brought
	claimed  prometheus.Counter     // jobs
	full     prometheus.Counter     // passes
	latency  prometheus.Histogram   // from run_at to the start of the work
	work     prometheus.Histogram   // time of the work alone
	batch    prometheus.Histogram   // jobs completed by one transaction
	promoted prometheus.Counter
	suspects prometheus.Counter
	ended    *prometheus.CounterVec   // runs, by end
	duration *prometheus.HistogramVec // of runs, by end
	stale    prometheus.Counter
	panics   prometheus.Counter
	rescued  prometheus.Counter
	swept    prometheus.Counter
	mended   prometheus.Counter
	pruned   prometheus.Counter
	depth    prometheus.Gauge // waiting jobs, up to mostDepth
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
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return f.NewHistogram(prometheus.HistogramOpts{Name: "pgcast_processor_" + name, Help: help, Buckets: buckets})
	}
	gauge("slots", "Jobs this process runs at once.", func() float64 { return float64(p.Slots) })
	gauge("slots_in_use", "Jobs this process runs now.", func() float64 { return float64(len(p.slots)) })
	gauge("held_jobs", "Jobs this process has claimed and not ended: waiting for a slot, at work, or being completed.", func() float64 {
		held, _ := p.runs.count()
		return float64(held)
	})
	gauge("heartbeat_age_seconds", "Time since the last heartbeat that arrived set out.", func() float64 {
		return (time.Since(p.start) - time.Duration(p.contact.Load())).Seconds()
	})
	return &metrics{
		claims: f.NewCounterVec(prometheus.CounterOpts{Name: "pgcast_processor_claims_total",
			Help: "Claim statements, by what they brought: full, some, none or error."}, []string{"result"}),
		claimed: counter("claimed_jobs_total", "Jobs claimed."),
		full:    counter("full_passes_total", "Claim statements that began before the low-water mark."),
		latency: histogram("claim_latency_seconds",
			"Time from run_at, by the database's clock, to the start of the work, by the clock of this machine.",
			prometheus.ExponentialBuckets(0.001, 2.5, 14)),
		work: histogram("work_seconds", "Time of the work alone: no waiting for a slot, no completion.",
			prometheus.ExponentialBuckets(0.001, 2.5, 14)),
		batch: histogram("completion_batch_jobs", "Jobs completed by one transaction.",
			[]float64{1, 2, 5, 10, 20, 50, 100}),
		promoted: counter("promoted_jobs_total", "Jobs made claimable because their run_at had come."),
		suspects: counter("suspects_total", "Jobs run alone because processors had died under them."),
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
		pruned:  counter("pruned_events_total", "Events removed because they were older than is kept."),
		depth: f.NewGauge(prometheus.GaugeOpts{Name: "pgcast_processor_queue_depth",
			Help: "Jobs of all users that wait to be claimed; 1000 stands for that many or more."}),
	}
}

func (m *metrics) countClaim(n, asked int, above int64, err error) {
	if above == 0 {
		m.full.Inc()
	}
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

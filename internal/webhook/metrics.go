package webhook

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) metrics {
	f := promauto.With(r)
	m := metrics{
		attempts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_webhook_attempts_total", Help: "Attempts to deliver a webhook: delivered, failed (tried again) or given_up.",
		}, []string{"outcome"}),
		seconds: f.NewHistogram(prometheus.HistogramOpts{
			Name: "pgcast_webhook_seconds", Help: "Time of an attempt to deliver a webhook.", Buckets: prometheus.ExponentialBuckets(0.01, 3, 8),
		}),
	}
	for _, outcome := range []string{"delivered", "failed", "given_up"} {
		m.attempts.WithLabelValues(outcome) // so that each is there from the beginning
	}
	return m
}

package notifier

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/pgcast/pgcast/notifier/feed"
)

// metrics counts what flows through the window.
type metrics struct {
	source   *prometheus.GaugeVec
	events   *prometheus.CounterVec
	sessions prometheus.Gauge
	merged   prometheus.Counter
	resyncs  prometheus.Counter
	compared prometheus.Counter
	resumed  *prometheus.CounterVec
	behind   prometheus.Gauge
	madeUp   prometheus.Counter
	frames   *prometheus.CounterVec
	latency  prometheus.Histogram
	closed   *prometheus.CounterVec
	refused  *prometheus.CounterVec

	jobs, changes prometheus.Counter // of frames, the kinds that are many
	told          map[feed.Mode]ops  // of events, by what was done
}

// ops are counters for each operation.
type ops struct{ insert, update, delete prometheus.Counter }

func newMetrics(r prometheus.Registerer) *metrics {
	made := promauto.With(r)
	m := &metrics{
		source: made.NewGaugeVec(prometheus.GaugeOpts{
			Name: "pgcast_notifier_source_live", Help: "1 for the source of changes that serves now."}, []string{"source"}),
		events: made.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_notifier_events_total", Help: "Changes of jobs received, by source and operation."}, []string{"source", "op"}),
		sessions: made.NewGauge(prometheus.GaugeOpts{
			Name: "pgcast_notifier_sessions", Help: "Connected clients."}),
		merged: made.NewCounter(prometheus.CounterOpts{
			Name: "pgcast_notifier_merged_total", Help: "Steps of progress that a newer one replaced before the client took them."}),
		resyncs: made.NewCounter(prometheus.CounterOpts{
			Name: "pgcast_notifier_resyncs_total", Help: "Gaps in the source that were closed by reading the database."}),
		compared: made.NewCounter(prometheus.CounterOpts{
			Name: "pgcast_notifier_resync_users_total", Help: "Users whose clients were compared with the database after a gap."}),
		behind: made.NewGauge(prometheus.GaugeOpts{
			Name: "pgcast_notifier_source_behind", Help: "1 while replication is held up, and changes of status are told from the trail in the database."}),
		madeUp: made.NewCounter(prometheus.CounterOpts{
			Name: "pgcast_notifier_made_up_total", Help: "Changes of status that were told from the trail in the database, before the source or in its place."}),
		resumed: made.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_notifier_resumed_total", Help: "Clients that came back: told what they missed from the ring in memory or from the trail in the database, or told to begin anew."}, []string{"from"}),
		frames: made.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_notifier_frames_total", Help: "Frames written to clients, by kind."}, []string{"kind"}),
		latency: made.NewHistogram(prometheus.HistogramOpts{
			Name: "pgcast_notifier_commit_to_frame_seconds", Help: "From the commit, by the database's clock, to the written frame (replication only).",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}),
		closed: made.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_notifier_closed_total", Help: "Websockets closed by the server, by close code."}, []string{"code"}),
		refused: made.NewCounterVec(prometheus.CounterOpts{
			Name: "pgcast_notifier_refused_total", Help: "Clients refused, by reason."}, []string{"reason"}),
	}
	m.jobs, m.changes = m.frames.WithLabelValues("job"), m.frames.WithLabelValues("postgres_changes")
	m.told = map[feed.Mode]ops{}
	for _, mode := range modes[1:] {
		of := func(op feed.Op) prometheus.Counter { return m.events.WithLabelValues(string(mode), string(op)) }
		m.told[mode] = ops{of(feed.Insert), of(feed.Update), of(feed.Delete)}
	}
	m.mode(feed.None)
	return m
}

var modes = []feed.Mode{feed.None, feed.Replication, feed.Listen, feed.Poll}

func (m *metrics) mode(now feed.Mode) {
	for _, mode := range modes {
		value := 0.0
		if mode == now {
			value = 1
		}
		m.source.WithLabelValues(string(mode)).Set(value)
	}
}

func (m *metrics) count(mode feed.Mode, events []feed.Event) {
	of := m.told[mode]
	for i := range events {
		switch events[i].Op {
		case feed.Insert:
			of.insert.Inc()
		case feed.Update:
			of.update.Inc()
		case feed.Delete:
			of.delete.Inc()
		}
	}
}

// Sessions, Merged, Resync, Resumed, MadeUp and Behind are what the hub counts.

func (m *metrics) Sessions(delta int) { m.sessions.Add(float64(delta)) }
func (m *metrics) Merged()            { m.merged.Inc() }
func (m *metrics) Resync(users int) {
	m.resyncs.Inc()
	m.compared.Add(float64(users))
}
func (m *metrics) Resumed(how string) { m.resumed.WithLabelValues(how).Inc() }
func (m *metrics) MadeUp(steps int)   { m.madeUp.Add(float64(steps)) }
func (m *metrics) Behind(is bool) {
	m.behind.Set(0)
	if is {
		m.behind.Set(1)
	}
}

// Frame, Closed and Refused are what the doors count.

func (m *metrics) Frame(kind string, commit time.Time) {
	switch kind {
	case "job":
		m.jobs.Inc()
	case "postgres_changes":
		m.changes.Inc()
	default:
		m.frames.WithLabelValues(kind).Inc()
	}
	if !commit.IsZero() {
		m.latency.Observe(time.Since(commit).Seconds())
	}
}
func (m *metrics) Closed(code int)       { m.closed.WithLabelValues(strconv.Itoa(code)).Inc() }
func (m *metrics) Refused(reason string) { m.refused.WithLabelValues(reason).Inc() }

package control

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"stagedoor/mockserver/pipeline"
	"stagedoor/mockserver/sandbox"
)

// Metrics counts what a mock answers, for Prometheus. Its registry is its own,
// so that several mocks may live in one process. No label is anything that a
// client writes.
type Metrics struct {
	handler   http.Handler
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	issued    *prometheus.CounterVec
	refused   *prometheus.CounterVec
	sandboxes prometheus.Gauge
	journal   prometheus.Gauge
	inbox     prometheus.Gauge
}

// NewMetrics returns metrics that have counted nothing.
func NewMetrics() *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "stagedoor", Name: name, Help: help})
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "stagedoor", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		requests: counter("requests_total", "Calls that were answered; the outcome is empty where a fault rule left none.", "system", "operation", "outcome"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "stagedoor", Name: "request_duration_seconds", Help: "How long calls took to be answered, delays that were asked for included.",
			// The mock answers in less than a millisecond; more is a delay.
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1, 5},
		}, []string{"system", "operation"}),
		issued:    counter("otps_issued_total", "One-time codes that were sent.", "system", "purpose"),
		refused:   counter("otps_refused_total", "One-time codes and grants that were not accepted, or not issued as one was pending, by reason.", "system", "reason"),
		sandboxes: gauge("sandboxes", "Sandboxes, the default one included."),
		journal:   gauge("journal_entries", "Calls in the journals of all sandboxes."),
		inbox:     gauge("inbox_messages", "Messages in the inboxes of all sandboxes."),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.durations, m.issued, m.refused, m.sandboxes, m.journal, m.inbox,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry})
	return m
}

// Observe counts a call.
func (m *Metrics) Observe(o pipeline.Observation) {
	m.requests.WithLabelValues(o.System, o.Operation, o.Outcome).Inc()
	m.durations.WithLabelValues(o.System, o.Operation).Observe(o.Took.Seconds())
	for _, message := range o.Sent {
		if message.Code != "" {
			m.issued.WithLabelValues(o.System, message.Purpose).Inc()
		}
	}
	if o.Refused != "" {
		m.refused.WithLabelValues(o.System, string(o.Refused)).Inc()
	}
}

// measure brings up to date what is not counted.
func (m *Metrics) measure(ctx context.Context, registry *sandbox.Registry) error {
	all, err := registry.List(ctx)
	if err != nil {
		return err
	}
	entries, messages := 0, 0
	for _, s := range all {
		entries, messages = entries+s.Journal.Len(), messages+s.Inbox.Len()
	}
	m.sandboxes.Set(float64(len(all)))
	m.journal.Set(float64(entries))
	m.inbox.Set(float64(messages))
	return nil
}

func (a *API) metrics(ctx context.Context, c *call) (reply, error) {
	if err := a.config.Metrics.measure(ctx, a.config.Sandboxes); err != nil {
		return reply{}, err
	}
	return reply{serve: func(w http.ResponseWriter) { a.config.Metrics.handler.ServeHTTP(w, c.request) }}, nil
}

package serve

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// meters are what /metrics tells.
type meters struct {
	registry *prometheus.Registry
	inFlight atomic.Int64
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	answers  *prometheus.CounterVec
	shadows  *prometheus.CounterVec
	batch    prometheus.Histogram
	commit   prometheus.Histogram
	known    sync.Map // of labels to *meter
}

// labels tell meters apart.
type labels struct {
	route    string
	status   int
	pipeline string
	version  int
}

type meter struct {
	count, answers prometheus.Counter // the second nil where no version answered
	latency        prometheus.Observer
}

func newMeters(s *Server) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "labbook_requests_total", Help: "Requests answered."}, []string{"route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "labbook_request_seconds", Help: "Time until the answer was recorded.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}}, []string{"route"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "labbook_answers_total", Help: "Requests answered by each version of a model."}, []string{"pipeline", "model", "version", "status"}),
		shadows: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "labbook_shadow_total", Help: "Requests that a shadow was to answer too: answered, refused, or dropped, because it is behind (queue), the body is large, or they could not be recorded."}, []string{"pipeline", "result"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "labbook_commit_rows", Help: "Requests recorded by one transaction.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "labbook_commit_seconds", Help: "Time that a transaction of records took.",
			Buckets: []float64{.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, 1}}),
	}
	m.registry.MustRegister(m.requests, m.answers, m.shadows, m.latency, m.batch, m.commit, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "labbook_requests_in_flight", Help: "Requests under way."},
			func() float64 { return float64(m.inFlight.Load()) }),
		versions{s}, ages{s}, promises{s})
	return m
}

// observe counts an exchange.
func (m *meters) observe(x *exchange) {
	key := labels{x.record.Route, x.status, x.record.Pipeline, x.record.Version}
	found, ok := m.known.Load(key)
	if !ok {
		status := strconv.Itoa(key.status)
		made := &meter{count: m.requests.WithLabelValues(key.route, status), latency: m.latency.WithLabelValues(key.route)}
		if key.version > 0 {
			made.answers = m.answers.WithLabelValues(key.pipeline, x.record.Model, strconv.Itoa(key.version), status)
		}
		found, _ = m.known.LoadOrStore(key, made)
	}
	one := found.(*meter)
	one.count.Inc()
	if one.answers != nil {
		one.answers.Inc()
	}
	one.latency.Observe(x.took().Seconds())
}

// Committed counts a transaction of the request store; it is for
// requests.Options.
func (s *Server) Committed(rows int, took time.Duration) {
	s.meters.batch.Observe(float64(rows))
	s.meters.commit.Observe(took.Seconds())
}

// versions tells which version of each model answers.
type versions struct{ server *Server }

var versionDesc = prometheus.NewDesc("labbook_model_version", "Version of the model that answers.", []string{"pipeline", "model"}, nil)

// Describe implements prometheus.Collector.
func (versions) Describe(to chan<- *prometheus.Desc) { to <- versionDesc }

// Collect implements prometheus.Collector.
func (v versions) Collect(to chan<- prometheus.Metric) {
	for _, made := range v.server.Endpoints() {
		to <- prometheus.MustNewConstMetric(versionDesc, prometheus.GaugeValue, float64(made.Version.Version), made.Name, made.Version.Model)
	}
}

// ages tell how old data and champions are, where it is declared how old they may be.
type ages struct{ server *Server }

var (
	ageLabels  = []string{"pipeline", "stage", "of"}
	ageDesc    = prometheus.NewDesc("labbook_age_seconds", "Age of the data that a stage brings in, or of the champion of the model that it registers.", ageLabels, nil)
	ageMaxDesc = prometheus.NewDesc("labbook_age_limit_seconds", "Age that it is declared to have at most.", ageLabels, nil)
)

// Describe implements prometheus.Collector.
func (ages) Describe(to chan<- *prometheus.Desc) { to <- ageDesc; to <- ageMaxDesc }

// Collect implements prometheus.Collector. What is not there yet has no age.
func (a ages) Collect(to chan<- prometheus.Metric) {
	o := &a.server.options
	if o.Fresh == nil {
		return
	}
	for _, f := range o.Fresh(context.Background()) {
		of := ageOf(f)
		to <- prometheus.MustNewConstMetric(ageMaxDesc, prometheus.GaugeValue, f.Limit.Seconds(), f.Pipeline, f.Stage, of)
		if !f.Since.IsZero() {
			to <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, f.Age(o.Clock()).Seconds(), f.Pipeline, f.Stage, of)
		}
	}
}

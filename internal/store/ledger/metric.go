package ledger

import (
	"cmp"
	"context"
	"math"
	"time"

	"labbook/internal/data/metrics"
)

// metricArgs gives the arguments that metric_put and version_metric_put take
// after naming whose metric it is, by position.
func metricArgs(ordinal int, m *metrics.Value) []any {
	return []any{ordinal, m.Name, m.Subject, number{&m.Value}, m.Low, m.High, m.Level, m.Unit, string(m.Better)}
}

// metricColumns gives where the columns name to better of a row go.
func metricColumns(m *metrics.Value) []any {
	return []any{&m.Name, &m.Subject, number{&m.Value}, &m.Low, &m.High, &m.Level, &m.Unit, &m.Better}
}

// History chooses a metric's history.
type History struct {
	Pipeline string
	Metric   string  // "mae"
	Stage    string  // that recorded it; "" for all
	Subject  *string // what was measured; nil for all
	Limit    int     // the newest this many; 0: no limit
}

// Point is a metric as one run had it.
type Point struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"` // of the run
	Stage   string    `json:"stage"`
	Ran     string    `json:"ran"` // the run that computed it
	metrics.Value
}

// MetricHistory gives a metric over the runs of a pipeline, the oldest first.
// A run that changed nothing adds no point.
func (db *DB) MetricHistory(ctx context.Context, h History) ([]Point, error) {
	if h.Limit == 0 {
		h.Limit = math.MaxInt64
	}
	return list(ctx, db, "metric_history", func(row scanner) (p Point, err error) {
		return p, row.Scan(append([]any{&p.Run, at(&p.Started), &p.Stage, &p.Ran}, metricColumns(&p.Value)...)...)
	}, named("pipeline", h.Pipeline), named("metric", h.Metric), named("stage", h.Stage),
		named("subject", h.Subject), named("limit", h.Limit))
}

// MetricsOf gives what the stages of several runs measured, by run. What a stage
// measured of itself has its name as the subject.
func (db *DB) MetricsOf(ctx context.Context, runs []string) (map[string][]metrics.Value, error) {
	found := make(map[string][]metrics.Value, len(runs))
	_, err := list(ctx, db, "metric_of_runs", func(row scanner) (none struct{}, err error) {
		var run, stage string
		var m metrics.Value
		err = row.Scan(append([]any{&run, &stage}, metricColumns(&m)...)...)
		m.Subject = cmp.Or(m.Subject, stage)
		found[run] = append(found[run], m)
		return none, err
	}, named("runs", encoded{runs}))
	return found, err
}

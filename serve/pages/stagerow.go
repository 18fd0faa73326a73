package pages

import (
	"html/template"
	"math"
	"time"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/plots"
	"labbook/internal/show/render"
	"labbook/internal/show/status"
)

// stageRow is a stage of a run: how it goes, or how it went.
type stageRow struct {
	*record.Stage
	State status.Status
	Took  time.Duration // until now, of one that runs
	Figs  []figure
	Files []Output // that it left
	Doing status.Doing
	// Curve is what a search has found so far; "" where there is nothing to see.
	Curve template.HTML
}

// newStageRow shows a stage as it is at a time.
func newStageRow(st *record.Stage, now time.Time) (row stageRow, err error) {
	row = stageRow{Stage: st, State: status.OfStage(st.Status), Doing: status.DoingOf(st.Live, st.Started, now)}
	switch {
	case st.Started.IsZero():
	case !st.Ended.IsZero():
		row.Took = st.Ended.Sub(st.Started)
	case st.Status == record.Running:
		row.Took = max(0, now.Sub(st.Started)).Truncate(100 * time.Millisecond)
	}
	for _, m := range st.Metrics {
		if len(row.Figs) < 3 {
			row.Figs = append(row.Figs, newFigure(m))
		}
	}
	if st.Live != nil && st.Live.Tried != nil {
		row.Curve, err = drawTried(st.Live.Tried)
	}
	return row, err
}

// drawTried draws what a search has found so far, where it has tried several.
func drawTried(t *record.Tried) (template.HTML, error) {
	if len(t.Points) < 2 {
		return "", nil
	}
	values := make([]float64, t.Points[len(t.Points)-1].Number)
	for i := range values {
		values[i] = math.NaN()
	}
	for _, p := range t.Points {
		if p.Number > 0 && p.Number <= len(values) {
			values[p.Number-1] = p.Value
		}
	}
	f := newFigure(t.Best)
	axis := f.Title
	if f.Unit != "" {
		axis += " (" + f.Unit + ")"
	}
	drawn, err := render.HTML(plots.History(plots.Frame{Title: "What was found so far", X: "try", Y: axis}.Half(), values, t.Best.Better == metrics.Lower))
	return template.HTML(drawn), err
}

// Percent is how much of what is counted is done, -1 where that is not known.
func (r *stageRow) Percent() int {
	if r.Live == nil || r.Live.Progress == nil || r.Live.Progress.Total <= 0 {
		return -1
	}
	p := r.Live.Progress
	return int(100 * min(p.Done, p.Total) / p.Total)
}

package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/look"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
	"labbook/internal/show/status"
)

type watchView struct {
	frame
	*Pipeline
	Tab string
	*Watch
	Verdict  string
	Drifts   []driftRow
	Charges  []charge
	Measured []measuredRow
}

// charge is what a check found, with what it means.
type charge struct {
	notebook.Finding
	Matters, Do string
}

type driftRow struct {
	Field        string
	Kind         string
	State        status.Status
	Index, Noise string
	Weight       string
	Bins         []binRow
}

type binRow struct{ Label, Training, Live, Was, Is string }

type measuredRow struct {
	Version, Rows int
	Figures       []figure
}

// watchPage says whether a model still does what it did.
type watchPage struct {
	*site
	pipelines Pipelines
	from      Watcher
}

// measuredRows say how good predictions turned out.
func measuredRows(all []Accuracy) (rows []measuredRow) {
	for _, a := range all {
		row := measuredRow{Version: a.Version, Rows: a.Rows}
		for _, m := range a.Metrics {
			row.Figures = append(row.Figures, newFigure(m))
		}
		for _, m := range a.Coverage {
			row.Figures = append(row.Figures, newPromise(m))
		}
		rows = append(rows, row)
	}
	return rows
}

// watch shows whether the model still does what it did.
func (s *watchPage) watch(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	if p.Serving == nil {
		return errNothing
	}
	found, err := s.from.Watch(r.Context(), p.Name)
	if err != nil {
		return err
	}
	v := &watchView{frame: s.frame(r, "Drift of "+p.Name, "pipelines"), Pipeline: p, Tab: "watch", Watch: found, Verdict: found.verdict()}
	for _, f := range found.Fields {
		v.Drifts = append(v.Drifts, newDriftRow(found, &f))
	}
	for _, f := range found.Findings {
		one := charge{Finding: f}
		if check := checks.Lookup(f.Code); check != nil {
			one.Matters, one.Do = check.Matters, check.Do
		}
		v.Charges = append(v.Charges, one)
	}
	v.Measured = measuredRows(found.Accuracy)
	return s.render(w, r, http.StatusOK, "watch", v)
}

// newPromise gives the share of intervals or sets that held the truth, in per cent;
// the name of the value ends with what was promised.
func newPromise(v metrics.Value) figure {
	promised := v.Name[strings.LastIndex(v.Name, "_")+1:]
	f := figure{Title: "held, of " + promised + " % promised,", Value: human.Digits(100*v.Value, 3), Unit: "%"}
	if v.Low != nil && v.High != nil {
		f.Interval = human.Digits(100**v.Low, 3) + " to " + human.Digits(100**v.High, 3)
	}
	return f
}

// moved lists the fields whose values are no longer those of training, in words.
func (w *Watch) moved() []string {
	var moved []string
	for _, f := range w.Fields {
		if f.Status == "shifted" || f.Status == "drifted" {
			moved = append(moved, f.Field+" has "+f.Status)
		}
	}
	slices.Sort(moved)
	return moved
}

// verdict says in a sentence what all of them together say.
func (w *Watch) verdict() string {
	moved := w.moved()
	switch {
	case w.Rows == 0:
		return "Nothing has been asked yet."
	case w.Status == "unknown":
		return "Too little was asked to tell."
	case w.Status != "stable":
		text := "What is asked is unlike what was trained on"
		if len(moved) > 0 {
			text += ": " + strings.Join(moved, ", ")
		}
		return text + "."
	case len(moved) > 0:
		return "What is asked is like what was trained on, in what counts; but " + strings.Join(moved, ", ") + "."
	}
	return "What is asked is like what was trained on."
}

// Chance says how likely chance alone is to move it as far.
func (w *Watch) Chance() string {
	switch {
	case w.Status == "unknown" || w.Status == "":
		return ""
	case w.P < .0001:
		return "Chance alone moves it as far in less than one case of 10,000 (p < 0.0001)."
	case w.P < .01:
		return fmt.Sprintf("Chance alone moves it as far in %s of 1,000 cases (p = %.4f).", human.Digits(1000*w.P, 2), w.P)
	}
	return fmt.Sprintf("Chance alone moves it as far in %.0f of 100 cases (p = %.2f).", 100*w.P, w.P)
}

// Says writes the estimate in a sentence.
func (e *Estimate) Says() string {
	on := human.Count(e.Rows, "input")
	if e.Metric == "accuracy" {
		return fmt.Sprintf("By what it says of the newest %s, it is right in about %.0f of 100 (%.0f to %.0f): in the test it was in %.0f.", on, 100*e.Value, 100*e.Low, 100*e.High, 100*e.Before)
	}
	return fmt.Sprintf("By what it says of the newest %s, it is off by about %s on average (%s to %s): in the test it was by %s.", on, amount(e.Value, e.Unit), amount(e.Low, e.Unit), amount(e.High, e.Unit), amount(e.Before, e.Unit))
}

// share says how much a field counts in the verdict, in per cent.
func (w *Watch) share(f *FieldDrift) string {
	total := 0.0
	for _, other := range w.Fields {
		total += other.Weight
	}
	if !(total > 0) {
		return "–"
	}
	return percent(f.Weight / total)
}

func newDriftRow(w *Watch, f *FieldDrift) driftRow {
	row := driftRow{Field: f.Field, Kind: f.Kind, Weight: w.share(f), Index: strconv.FormatFloat(f.Index, 'f', 3, 64), Noise: strconv.FormatFloat(f.Noise, 'f', 3, 64)}
	switch f.Status {
	case "stable":
		row.State = status.Status{Class: "cached", Word: "stable", Sign: "✓"}
	case "shifted":
		row.State = status.Status{Class: "warned", Word: "shifted", Sign: "!"}
	case "drifted":
		row.State = status.Status{Class: "failed", Word: "drifted", Sign: "!"}
	default:
		row.State = status.Status{Class: "skipped", Word: "cannot tell yet", Sign: "–"}
		if len(f.Bins) == 0 {
			row.Index, row.Noise = "–", "–"
		}
	}
	most := 0.0
	for _, b := range f.Bins {
		most = max(most, b.Training, b.Live)
	}
	for _, b := range f.Bins {
		row.Bins = append(row.Bins, binRow{Label: b.Label, Training: percent(b.Training), Live: percent(b.Live), Was: look.Px(100 * b.Training / most), Is: look.Px(100 * b.Live / most)})
	}
	return row
}

// keptRow is a part of a promise in words.
type keptRow struct {
	Of, Held, Interval string
	Outcomes           int
	Since              *time.Time
}

// Rows gives the parts of a promise of which any outcome is known.
func (p *Promise) Rows() []keptRow {
	var rows []keptRow
	for _, k := range p.Kept {
		if k.Outcomes > 0 {
			rows = append(rows, keptRow{cmp.Or(k.Segment, "all"), human.Digits(100*k.Share, 3) + " %", human.Digits(100*k.Low, 3) + " to " + human.Digits(100*k.High, 3), k.Outcomes, k.Since})
		}
	}
	return rows
}

// Lost writes the mean losses of both.
func (s *Shadow) Lost() [2]string {
	if s.Losses == nil {
		return [2]string{"–", "–"}
	}
	return [2]string{amount(s.Losses[0], s.Unit), amount(s.Losses[1], s.Unit)}
}

// Counts says how large losses count in the test.
func (s *Shadow) Counts() string {
	if s.Bound == 0 || s.Metric != "mae" {
		return ""
	}
	return "A loss of more than " + amount(s.Bound, s.Unit) + " counts as that."
}

// Sure writes how sure it is that the challenger is better, and worse.
func (s *Shadow) Sure() [2]string { return [2]string{percent(s.Better), percent(s.Worse)} }

// RowsText is how many inputs were looked at.
func (v *watchView) RowsText() string { return human.Int(v.Watch.Rows) }

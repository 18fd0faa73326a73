package pages

import (
	"cmp"
	"net/http"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

type compareView struct {
	frame
	*record.Difference
	StateA, StateB status.Status
	Rows           []compared
	Equal          int // metrics that are the same
}

// mostCompared is how many runs are set side by side.
const mostCompared = 12

// compare shows what changed from one run to another, or sets several side by side.
func (s *runPages) compare(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	ids := query["run"]
	if a, b := query.Get("a"), query.Get("b"); a != "" && b != "" {
		ids = []string{a, b}
	} else {
		slices.Sort(ids) // by their time
		ids = slices.Compact(ids)
	}
	if len(ids) < 2 {
		return diag.New("two runs are needed to compare", "choose them in the list of runs")
	}
	if len(ids) > mostCompared {
		return diag.New("these are too many runs to set side by side", "choose at most 12")
	}
	runs := make([]*record.Run, len(ids))
	stages := make([][]*record.Stage, len(ids))
	for i, id := range ids {
		var err error
		if runs[i], stages[i], err = s.from.Run(r.Context(), id); err != nil {
			return err
		}
		if runs[i] == nil {
			return errNothing
		}
	}
	if len(runs) > 2 {
		return s.render(w, r, http.StatusOK, "several", s.several(r, runs, stages))
	}
	d := record.Diff(runs[0], runs[1], stages[0], stages[1])
	v := &compareView{frame: s.frame(r, "Two runs compared", "runs"), Difference: d, StateA: status.OfRun(d.A), StateB: status.OfRun(d.B)}
	all, err := s.from.CompareRuns(r.Context(), d.Metrics, stages[0], stages[1])
	if err != nil {
		return err
	}
	for i := range all {
		if m := &all[i]; m.Differs() {
			v.Rows = append(v.Rows, newCompared(m))
		} else {
			v.Equal++
		}
	}
	return s.render(w, r, http.StatusOK, "compare", v)
}

type severalView struct {
	frame
	Runs   []severalRun
	Params []severalRow // those that differ
	Rows   []severalRow
}

type severalRun struct {
	*record.Run
	State status.Status
	Pair  string // where the first run is compared with this one; "" of the first
}

type severalRow struct {
	Name, Subject, Arrow, Better, Unit string
	Cells                              []runCell
}

// several sets runs side by side: what was measured, and the parameters in which
// they differ. Which is better beyond noise two of them alone can tell.
func (s *runPages) several(r *http.Request, runs []*record.Run, stages [][]*record.Stage) *severalView {
	v := &severalView{frame: s.frame(r, "Several runs compared", "runs")}
	names := map[string]bool{}
	for i, run := range runs {
		one := severalRun{Run: run, State: status.OfRun(run)}
		if i > 0 {
			one.Pair = "/runs/compare?a=" + runs[0].ID + "&b=" + run.ID
		}
		v.Runs = append(v.Runs, one)
		for name := range run.Params {
			names[name] = true
		}
	}
	for _, name := range mapKeys(names) {
		row := severalRow{Name: name}
		differ := false
		for _, run := range runs {
			row.Cells = append(row.Cells, runCell{Text: run.Params[name]})
			differ = differ || run.Params[name] != runs[0].Params[name]
		}
		if differ {
			v.Params = append(v.Params, row)
		}
	}
	type key struct{ subject, name string }
	at := map[key]int{}
	for i := range runs {
		for _, st := range stages[i] {
			for _, m := range st.Metrics {
				if m.Better == "" {
					continue
				}
				subject := cmp.Or(m.Subject, st.Name)
				if m.Subject == "" && st.Left(artifact.Model) {
					subject += ", in validation"
				}
				k := key{subject, m.Name}
				j, known := at[k]
				f := newFigure(m)
				if !known {
					j = len(v.Rows)
					at[k] = j
					v.Rows = append(v.Rows, severalRow{Name: f.Title, Subject: k.subject, Arrow: f.Arrow, Better: f.Better, Unit: f.Unit, Cells: make([]runCell, len(runs))})
				}
				v.Rows[j].Cells[i] = runCell{Text: f.Value, Interval: f.Interval, Num: true}
			}
		}
	}
	slices.SortStableFunc(v.Rows, func(a, b severalRow) int { return cmp.Compare(a.Subject, b.Subject) })
	return v
}

package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

type runsView struct {
	frame
	Queue     []runRow // those that wait, on the first page
	Rows      []runRow
	Columns   []runColumn
	Took      runColumn
	Offered   []offeredColumn
	Pipelines []string
	Pipeline  string // that was asked for
	Statuses  []record.Status
	Status    record.Status
	Text      string
	Sort      string
	Looked    int // how many of the newest runs were looked at, to sort or search; 0: all
	Newer     string
	Older     string
	MayStart  bool
}

type runRow struct {
	*record.Run
	State status.Status
	Said  *record.Remark
	Cells []runCell
}

// runCell is what a run has in a column; the zero value is nothing.
type runCell struct {
	Text, Interval string
	Num            bool
}

// runColumn is a column of the list: a metric, or a parameter.
type runColumn struct {
	Name, Title, Unit string
	Num               bool
	Href              string // of the list sorted by it
	Sorted            string // "ascending", "descending", or ""
}

// offeredColumn is one that can be chosen.
type offeredColumn struct {
	Name, Title string
	Chosen      bool
}

// How many runs a page shows; of how many of the newest it is sorted and searched;
// and how many columns of each kind it has unless somebody chooses.
const (
	runRows    = 30
	runsLooked = 200
	metricsHad = 2
	paramsHad  = 2
)

// runs lists runs, with what they measured and what they were asked.
func (s *runPages) runs(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	v := &runsView{frame: s.frame(r, "Runs", "runs"), Pipeline: query.Get("pipeline"), Status: record.Status(query.Get("status")), MayStart: s.starter.MayStart(),
		Text: strings.TrimSpace(query.Get("q")), Sort: query.Get("sort"),
		Statuses: []record.Status{record.QueuedRun, record.Running, record.Succeeded, record.Cached, record.Failed, record.Interrupted}}
	var err error
	if v.Pipelines, err = pipelineNames(s.pipelines, r); err != nil {
		return err
	}
	offset, _ := strconv.Atoi(query.Get("offset"))
	offset = min(max(offset, 0), 1e6)
	if offset == 0 {
		if err := s.queued(r.Context(), v); err != nil {
			return err
		}
	}
	filter := record.Filter{Pipeline: v.Pipeline, Status: v.Status, Limit: runRows + 1, Offset: offset}
	whole := v.Sort != "" || v.Text != ""
	if whole {
		filter.Limit, filter.Offset = runsLooked, 0
	}
	found, err := s.from.Runs(r.Context(), filter)
	if err != nil {
		return err
	}
	if whole && len(found) == runsLooked {
		v.Looked = runsLooked
	}
	ids := make([]string, len(found))
	for i, run := range found {
		ids[i] = run.ID
	}
	said, err := s.from.Remarks(r.Context(), ids)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(run *record.Run) bool { return !saidOf(run, said[run.ID], v.Text) })
	table, err := s.table(r.Context(), found)
	if err != nil {
		return err
	}
	if whole {
		table.sort(found, v.Sort)
		found = found[min(offset, len(found)):]
	}
	more := len(found) > runRows
	found = found[:min(runRows, len(found))]
	v.link(query, offset, more)
	table.choose(v, query, found)
	for _, run := range found {
		row := runRow{Run: run, State: status.OfRun(run), Said: said[run.ID]}
		for _, c := range v.Columns {
			row.Cells = append(row.Cells, table.cell(run, c.Name))
		}
		v.Rows = append(v.Rows, row)
	}
	return s.render(w, r, http.StatusOK, "runs", v)
}

// queued adds the runs that wait.
func (s *runPages) queued(ctx context.Context, v *runsView) error {
	if v.Text != "" || v.Status != "" && v.Status != record.QueuedRun {
		return nil
	}
	queue, err := s.starter.Queue(ctx)
	for _, q := range queue {
		if v.Pipeline == "" || v.Pipeline == q.Pipeline {
			run := q.Run()
			v.Queue = append(v.Queue, runRow{Run: run, State: status.OfRun(run)})
		}
	}
	return err
}

// link makes the links to the pages before and after.
func (v *runsView) link(query url.Values, offset int, more bool) {
	to := func(offset int) string {
		query.Set("offset", strconv.Itoa(offset))
		defer query.Del("offset")
		return "/runs?" + query.Encode()
	}
	query.Del("offset")
	query.Del("done")
	if offset > 0 {
		v.Newer = to(max(offset-runRows, 0))
	}
	if more {
		v.Older = to(offset + runRows)
	}
}

// saidOf says whether all words of a text are in what a run says of itself, and
// people of it.
func saidOf(run *record.Run, by *record.Remark, text string) bool {
	said := []string{run.ID, run.Pipeline, string(run.Status), run.Commit, run.Error}
	for _, p := range pairs(run.Params) {
		said = append(said, p.Name+"="+p.Value)
	}
	if by != nil {
		said = append(said, by.Name, by.Note)
		for _, tag := range by.Tags {
			said = append(said, "#"+tag)
		}
	}
	all := strings.ToLower(strings.Join(said, " "))
	for _, word := range strings.Fields(strings.ToLower(text)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// runTable has the values of runs.
type runTable struct {
	measured map[string][]metrics.Value
}

// table reads what runs measured, those that another stands for what that did.
func (s *runPages) table(ctx context.Context, runs []*record.Run) (*runTable, error) {
	var ids []string
	for _, run := range runs {
		ids = append(ids, cmp.Or(run.SameAs, run.ID))
	}
	slices.Sort(ids)
	measured, err := s.from.MetricsOf(ctx, slices.Compact(ids))
	return &runTable{measured}, err
}

// value gives the best that a run measured of a metric, on test rows where it was
// measured there; nil where it has none.
func (t *runTable) value(run *record.Run, name string) *metrics.Value {
	var best *metrics.Value
	all := t.measured[cmp.Or(run.SameAs, run.ID)]
	for i := range all {
		m := &all[i]
		if m.Name != name || m.Value != m.Value {
			continue
		}
		judged := m.Low != nil // validation has no interval
		switch {
		case best == nil, judged && best.Low == nil:
			best = m
		case judged != (best.Low != nil):
		case m.Better == metrics.Higher && m.Value > best.Value, m.Better == metrics.Lower && m.Value < best.Value:
			best = m
		}
	}
	return best
}

// paramPrefixed tells a parameter from a metric of that name in an address.
const paramPrefixed = "param:"

func (t *runTable) cell(run *record.Run, column string) runCell {
	if param, is := strings.CutPrefix(column, paramPrefixed); is {
		value := run.Params[param]
		_, err := strconv.ParseFloat(value, 64)
		return runCell{Text: value, Num: err == nil}
	}
	m := t.value(run, column)
	if m == nil {
		return runCell{Num: true}
	}
	f := newFigure(*m)
	return runCell{Text: f.Value, Interval: f.Interval, Num: true}
}

// sort orders runs by a column, the best, greatest or latest first; "-" before its
// name turns that. Those without a value come last.
func (t *runTable) sort(runs []*record.Run, by string) {
	column, turned := strings.CutPrefix(by, "-")
	if column == "" {
		return
	}
	number := func(run *record.Run) (float64, bool) {
		if param, is := strings.CutPrefix(column, paramPrefixed); is {
			v, err := strconv.ParseFloat(run.Params[param], 64)
			return -v, err == nil
		}
		if column == "took" {
			return run.Took().Seconds(), !run.Ended.IsZero()
		}
		m := t.value(run, column)
		switch {
		case m == nil:
			return 0, false
		case m.Better == metrics.Higher:
			return -m.Value, true
		}
		return m.Value, true
	}
	slices.SortStableFunc(runs, func(a, b *record.Run) int {
		x, hasX := number(a)
		y, hasY := number(b)
		switch {
		case hasX != hasY && hasX:
			return -1
		case hasX != hasY:
			return 1
		case turned:
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	})
}

// had gives the metrics of runs that say better or worse, those first that most have,
// with interval before without, but before all one that says something of runs of
// which those before say nothing: pipelines of other tasks measure other things.
func (t *runTable) had(runs []*record.Run) (names []string, unit map[string]string) {
	unit = map[string]string{}
	weight := map[string][]int{} // of a metric in each run
	for i, run := range runs {
		for _, m := range t.measured[cmp.Or(run.SameAs, run.ID)] {
			if m.Better == "" || weight[m.Name] != nil && weight[m.Name][i] > 0 {
				continue
			}
			if weight[m.Name] == nil {
				weight[m.Name] = make([]int, len(runs))
			}
			unit[m.Name], weight[m.Name][i] = m.Unit, 1
			if m.Low != nil {
				weight[m.Name][i] = 2
			}
		}
	}
	order := func(name string) int {
		return slices.IndexFunc(metrics.Catalog, func(m metrics.Metric) bool { return m.Name == name })
	}
	left := mapKeys(weight)
	told := make([]bool, len(runs))
	for len(left) > 0 {
		sums := func(name string) (untold, all int) {
			for i, w := range weight[name] {
				if all += w; !told[i] {
					untold += w
				}
			}
			return untold, all
		}
		next := slices.MinFunc(left, func(a, b string) int {
			untoldA, allA := sums(a)
			untoldB, allB := sums(b)
			return cmp.Or(untoldB-untoldA, allB-allA, order(a)-order(b), cmp.Compare(a, b))
		})
		for i, w := range weight[next] {
			told[i] = told[i] || w > 0
		}
		names = append(names, next)
		left = slices.DeleteFunc(left, func(name string) bool { return name == next })
	}
	return names, unit
}

// choose gives the columns that were asked for; unless some were, the first metrics
// that the runs shown have, and the parameters in which they differ.
func (t *runTable) choose(v *runsView, query url.Values, shown []*record.Run) {
	measured, unit := t.had(shown)
	values := map[string]map[string]bool{}
	for _, run := range shown {
		for name, value := range run.Params {
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][value] = true
		}
	}
	params := mapKeys(values)
	asked := query["col"]
	if len(asked) == 0 {
		asked = append(asked, measured[:min(metricsHad, len(measured))]...)
		for _, name := range params {
			if len(values[name]) > 1 && len(asked) < metricsHad+paramsHad {
				asked = append(asked, paramPrefixed+name)
			}
		}
	}
	for _, name := range measured {
		v.Offered = append(v.Offered, offeredColumn{name, metricTitle(name), slices.Contains(asked, name)})
	}
	for _, name := range params {
		v.Offered = append(v.Offered, offeredColumn{paramPrefixed + name, name, slices.Contains(asked, paramPrefixed+name)})
	}
	for _, name := range append(slices.Clip(asked), "took") {
		c := runColumn{Name: name, Num: true}
		if param, is := strings.CutPrefix(name, paramPrefixed); is {
			c.Title = param
			for value := range values[param] {
				if _, err := strconv.ParseFloat(value, 64); err != nil {
					c.Num = false
				}
			}
		} else if c.Title, c.Unit = metricTitle(name), unit[name]; name == "took" {
			c.Title = "Took"
		}
		to := name
		if v.Sort == name {
			to = "-" + name
		}
		if strings.TrimPrefix(v.Sort, "-") == name {
			// The best first: the least of what is to be small, and of a time.
			_, isParam := strings.CutPrefix(name, paramPrefixed)
			m, known := metrics.Lookup(name)
			up := name == "took" || known && !isParam && m.Better == metrics.Lower
			c.Sorted = map[bool]string{false: "descending", true: "ascending"}[up != strings.HasPrefix(v.Sort, "-")]
		}
		q := url.Values{}
		for key, all := range query {
			q[key] = all
		}
		q.Set("sort", to)
		c.Href = "/runs?" + q.Encode()
		if name == "took" {
			v.Took = c
		} else {
			v.Columns = append(v.Columns, c)
		}
	}
}

func mapKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Package naive forecasts what was last seen in the same season.
package naive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`.
type Params struct {
	Season []string `yaml:"season" doc:"The columns of the matrix whose values a row shares with what it is answered by, such as [shop, day month]; a category stands for all of its 0/1 columns. None: the latest rows of all answer."`
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "seasonal-naive",
		Version: 1,
		Doc: `The target of the latest training row in the same season: what forecasts have to beat.

Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, 2021, section 5.2. The season is the columns that are
named: by shop and month, say. The latest row is that of the split's time, or, without one, the last as rows stand; of several at one moment it is
their mean. A season that training did not show gets the latest of all rows.`,
		Tasks:   []metrics.Task{metrics.Regression},
		Params:  func() any { return &Params{} },
		Missing: true,
		Fit: func(ctx context.Context, params any, data *estimator.Data, _ estimator.Options) (estimator.Model, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return fit(params.(*Params), data)
		},
		Decode: decode,
	}
}

// model has the answer of each season. It is immutable.
type model struct {
	width int
	by    []int              // the columns that tell seasons
	last  map[string]float64 // by key
	other float64            // of a season that is new
}

func fit(p *Params, data *estimator.Data) (estimator.Model, error) {
	m := &model{width: data.X.Cols, last: map[string]float64{}}
	for _, name := range p.Season {
		before := len(m.by)
		for j, column := range data.X.Names {
			if column == name || strings.HasPrefix(column, name+"=") || column == name+" missing" {
				m.by = append(m.by, j)
			}
		}
		if len(m.by) == before {
			return nil, &diag.Error{What: "the features have no column of that season", Found: fmt.Sprintf("%q", name), Wanted: "columns of the matrix: " + few(data.X.Names),
				Hint: diag.DidYouMean(name, data.X.Names)}
		}
	}
	slices.Sort(m.by)
	m.by = slices.Compact(m.by)
	moment := func(row int) float64 { return float64(row) }
	if data.Layout != nil && data.Layout.Forward() {
		_, _, times := data.Layout.Clock()
		moment = func(row int) float64 { return times[row] }
	}
	latest := map[string]*answer{}
	all := &answer{}
	for row := range data.X.Rows {
		weight := 1.0
		if data.Weights != nil {
			weight = data.Weights[row]
		}
		key := m.key(data.X.Row(row))
		if latest[key] == nil {
			latest[key] = &answer{}
		}
		latest[key].see(moment(row), data.Y[row], weight)
		all.see(moment(row), data.Y[row], weight)
	}
	m.other = all.mean()
	for key, a := range latest {
		m.last[key] = a.mean()
	}
	return m, nil
}

func few(names []string) string {
	if len(names) > 12 {
		return strings.Join(names[:12], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// answer is the weighted mean of the latest rows that it has seen.
type answer struct {
	any          bool
	moment       float64 // NaN is before all
	sum, weights float64
}

func (a *answer) see(moment, y, weight float64) {
	later := cmp.Compare(moment, a.moment)
	if !a.any || later > 0 {
		*a = answer{true, moment, 0, 0}
		later = 0
	}
	if later == 0 {
		a.sum, a.weights = a.sum+weight*y, a.weights+weight
	}
}

func (a *answer) mean() float64 { return a.sum / a.weights }

// key tells the season of a row.
func (m *model) key(row []float64) string {
	key := make([]byte, 0, 8*len(m.by))
	for _, j := range m.by {
		v := row[j] + 0 // -0 is 0
		if math.IsNaN(v) {
			v = math.NaN() // any is the same
		}
		bits := math.Float64bits(v)
		for shift := 0; shift < 64; shift += 8 {
			key = append(key, byte(bits>>shift))
		}
	}
	return string(key)
}

func (m *model) Outputs() int { return 1 }
func (m *model) Columns() int { return m.width }

func (m *model) says(row []float64) float64 {
	if v, ok := m.last[m.key(row)]; ok {
		return v
	}
	return m.other
}

// Predict implements estimator.Model.
func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	for i := range x.Rows {
		dst[i] = m.says(x.Row(i))
	}
}

// Contributions implements estimator.Contributions: what a season is off the latest of
// all rows is shared by the columns that tell seasons.
func (m *model) Contributions(dst []float64, row []float64) {
	clear(dst)
	dst[len(row)] = m.other
	for _, j := range m.by {
		dst[j] = (m.says(row) - m.other) / float64(len(m.by))
	}
}

// document is the encoding of a model: the values of each season that tell it, and its
// answer.
type document struct {
	Columns int              `json:"columns"`
	By      []int            `json:"by"`
	Seasons [][]facts.Number `json:"seasons"`
	Last    []float64        `json:"last"`
	Other   float64          `json:"other"`
}

// MarshalBinary gives the seasons in ascending order of their keys.
func (m *model) MarshalBinary() ([]byte, error) {
	d := document{Columns: m.width, By: m.by, Other: m.other}
	keys := make([]string, 0, len(m.last))
	for key := range m.last {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		values := make([]facts.Number, 0, len(m.by))
		for at := 0; at < len(key); at += 8 {
			var bits uint64
			for k := range 8 {
				bits |= uint64(key[at+k]) << (8 * k)
			}
			values = append(values, facts.Number(math.Float64frombits(bits)))
		}
		d.Seasons, d.Last = append(d.Seasons, values), append(d.Last, m.last[key])
	}
	return json.Marshal(d)
}

func decode(data []byte) (estimator.Model, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("seasonal-naive: %w", err)
	}
	m := &model{width: d.Columns, by: d.By, last: map[string]float64{}, other: d.Other}
	if d.Columns < 0 || len(d.Seasons) != len(d.Last) || len(d.Last) == 0 || !slices.IsSorted(d.By) || len(d.By) > 0 && (d.By[0] < 0 || d.By[len(d.By)-1] >= d.Columns) {
		return nil, errors.New("seasonal-naive: the model is damaged")
	}
	row := make([]float64, d.Columns)
	for i, season := range d.Seasons {
		if len(season) != len(d.By) {
			return nil, errors.New("seasonal-naive: the model is damaged")
		}
		for k, j := range d.By {
			row[j] = float64(season[k])
		}
		m.last[m.key(row)] = d.Last[i]
	}
	return m, nil
}

package pages

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	chart "labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Judged is what the leader of an evaluation said of the rows that were held out.
type Judged struct {
	Model  string // its stage
	Target string
	Sample *metrics.Sample // in the order of Rows
	Rows   *table.Table
}

// mistakenView lists rows by what they are and by what they were taken for.
type mistakenView struct {
	frame
	Run, Pipeline     string
	Stage, Model      string
	Classes           []string
	Actual, Predicted string // "" for any
	What              string // which rows these are, as a sentence
	Rows              []mistakenRow
	Later             string // the address of those after them
}

// mistakenRow is a row with what was said of it.
type mistakenRow struct {
	Number            int // its place among the rows held out, from 1
	Actual, Predicted string
	Right             bool
	Sure, True        string // the probability of the class that was said, and of the true one; "" where none is known
	Fields            []pair
	Texts             []mistakenText
}

// mistakenText is a text of a row, its beginning apart from the rest.
type mistakenText struct{ Begin, Rest string }

const (
	// mistakenRows is how many a page lists.
	mistakenRows = 15
	// mistakenLetters is how much of a text is shown at once.
	mistakenLetters = 400
)

// mistaken lists the rows behind a cell of a confusion matrix, those that the model was
// surest of first; without a cell, all that it got wrong.
func (s *runPages) mistaken(w http.ResponseWriter, r *http.Request) error {
	id, query := r.PathValue("run"), r.URL.Query()
	run, _, err := s.from.Run(r.Context(), id)
	if err != nil {
		return err
	}
	if run == nil {
		return errNothing
	}
	j, err := s.from.Judged(r.Context(), id, query.Get("stage"))
	if err != nil {
		return err
	}
	if j == nil || j.Sample.Classes == nil {
		return errNothing
	}
	v := &mistakenView{frame: s.frame(r, "Rows of run "+run.ID, "runs"), Run: run.ID, Pipeline: run.Pipeline, Stage: query.Get("stage"), Model: j.Model, Classes: j.Sample.Classes,
		Actual: query.Get("actual"), Predicted: query.Get("predicted")}
	actual, predicted := slices.Index(v.Classes, v.Actual), slices.Index(v.Classes, v.Predicted)
	if v.Actual != "" && actual < 0 || v.Predicted != "" && predicted < 0 {
		return errNothing
	}
	rows := j.behind(actual, predicted)
	v.What = behindWords(len(rows), j.Sample.Rows(), v.Actual, v.Predicted)
	from, _ := strconv.Atoi(query.Get("from"))
	from = min(max(from, 0), len(rows))
	rest := rows[from:]
	if len(rest) > mistakenRows {
		rest = rest[:mistakenRows]
		query.Set("from", strconv.Itoa(from+mistakenRows))
		v.Later = path("runs", id, "rows") + "?" + query.Encode()
	}
	for _, row := range rest {
		v.Rows = append(v.Rows, j.row(row))
	}
	return s.render(w, r, http.StatusOK, "mistaken", v)
}

// behind gives the rows of a class that were taken for another, -1 for any; those that
// the model was surest of first. Of any taken for any they are those that it got wrong.
func (j *Judged) behind(actual, predicted int) []int {
	var rows []int
	for i := range j.Sample.Rows() {
		a, p := int(j.Sample.Actual[i]), int(j.Sample.Predicted[i])
		if actual >= 0 && a != actual || predicted >= 0 && p != predicted || actual < 0 && predicted < 0 && a == p {
			continue
		}
		rows = append(rows, i)
	}
	slices.SortStableFunc(rows, func(x, y int) int {
		return cmp.Compare(j.probability(y, j.Sample.Predicted[y]), j.probability(x, j.Sample.Predicted[x]))
	})
	return rows
}

// probability is that of a class for a row; NaN where it is not known.
func (j *Judged) probability(row int, class float64) float64 {
	k := len(j.Sample.Classes)
	if j.Sample.Probabilities == nil || !(class >= 0 && class < float64(k)) {
		return math.NaN()
	}
	return j.Sample.Probabilities[row*k+int(class)]
}

// behindWords says which rows are listed.
func behindWords(n, all int, actual, predicted string) string {
	switch {
	case actual == "" && predicted == "":
		return "What it got wrong: " + human.Int(n) + " of " + human.Count(all, "row") + ", those that it was surest of first."
	case actual == "":
		return human.Count(n, "row") + " taken for " + predicted + "."
	case predicted == "":
		return human.Count(n, "row") + " of " + actual + "."
	case actual == predicted:
		return human.Count(n, "row") + " of " + actual + ", taken for what they are."
	}
	return human.Count(n, "row") + " of " + actual + " taken for " + predicted + "."
}

// row gives what is shown of one.
func (j *Judged) row(i int) mistakenRow {
	name := func(class float64) string {
		if k := int(class); k >= 0 && k < len(j.Sample.Classes) {
			return j.Sample.Classes[k]
		}
		return "none"
	}
	sure := func(class float64) string {
		if p := j.probability(i, class); !math.IsNaN(p) {
			return fmt.Sprintf("%.1f %%", 100*p)
		}
		return ""
	}
	actual, predicted := j.Sample.Actual[i], j.Sample.Predicted[i]
	row := mistakenRow{Number: i + 1, Actual: name(actual), Predicted: name(predicted), Right: actual == predicted, Sure: sure(predicted), True: sure(actual)}
	for _, c := range j.Rows.Columns {
		text := c.String(i)
		switch {
		case c.Name == j.Target || text == "":
		case c.Type == table.Text:
			t := mistakenText{Begin: text}
			if letters := []rune(text); len(letters) > mistakenLetters {
				t = mistakenText{Begin: string(letters[:mistakenLetters]), Rest: string(letters[mistakenLetters:])}
			}
			row.Texts = append(row.Texts, t)
		default:
			if c.Unit != "" {
				text += " " + c.Unit
			}
			row.Fields = append(row.Fields, pair{c.Name, text})
		}
	}
	return row
}

// rowsPath is where the rows of an evaluation are, by their true class and by what they were taken for.
func rowsPath(run, stage, actual, predicted string) string {
	query := url.Values{"stage": {stage}}
	if actual != "" {
		query.Set("actual", actual)
		query.Set("predicted", predicted)
	}
	return path("runs", run, "rows") + "?" + query.Encode()
}

// openMatrices leads from the cells of the confusion matrices that a cell shows to the
// rows behind them, and says whether there are any.
func openMatrices(run, stage string, blocks []notebook.Block) (any bool) {
	open := func(f *notebook.Figure) {
		if f == nil || f.Chart == nil || f.Chart.Matrix == nil || f.Chart.Matrix.Form != chart.Confusion {
			return
		}
		any = true
		m := f.Chart.Matrix
		m.Link = func(row, column int) string { return rowsPath(run, stage, m.Rows[row], m.Columns[column]) }
	}
	for _, b := range blocks {
		open(b.Figure)
		for _, f := range b.Gallery {
			open(f)
		}
		if b.Fold != nil && openMatrices(run, stage, b.Fold.Blocks) {
			any = true
		}
	}
	return any
}

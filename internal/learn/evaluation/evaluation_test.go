package evaluation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/facts"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/show/judged"
	"labbook/internal/show/render"
	"labbook/internal/testdata"
)

// regression makes a case of a price with columns carat and cut, and models
// that know it up to noise of the given sizes; negative ones repeat the first.
func regression(n int, noises ...float64) evaluation.Case {
	r := rand.New(rand.NewPCG(7, 7))
	carat := &table.Column{Field: table.Field{Name: "carat", Type: table.Number}}
	cut := &table.Column{Field: table.Field{Name: "cut", Type: table.Category, Levels: []string{"Fair <b>", "Good", "Ideal"}}}
	price := &table.Column{Field: table.Field{Name: "price", Type: table.Number, Unit: "USD"}}
	noise := &table.Column{Field: table.Field{Name: "noise", Type: table.Number}}
	for range n {
		c, k := math.Exp(r.NormFloat64()/2), r.IntN(3)
		carat.Num, cut.Codes = append(carat.Num, c), append(cut.Codes, int32(k))
		noise.Num = append(noise.Num, r.NormFloat64())
		price.Num = append(price.Num, 4000*c*(1+0.1*float64(k)))
	}
	k := evaluation.Case{Task: metrics.Regression, Target: price.Field, Test: table.New(carat, cut, price, noise), Digest: "d1"}
	for i, y := range price.Num {
		k.Rows, k.Actual = append(k.Rows, i), append(k.Actual, y)
	}
	for i, size := range noises {
		predict := func(size float64) evaluation.Predict {
			return func(t *table.Table) ([]float64, error) {
				out := make([]float64, t.Rows())
				for i := range out {
					out[i] = 4000*t.Column("carat").Num[i]*(1+0.1*float64(t.Column("cut").Codes[i])) + size*t.Column("noise").Num[i]
				}
				return out, nil
			}
		}
		stage := fmt.Sprintf("train/model%d", i)
		k.Candidates = append(k.Candidates, evaluation.Candidate{
			Stage: stage, Folder: "models/" + stage, Artifact: fmt.Sprint("a", i), Estimator: "linear", Predict: predict(size), Inputs: []string{"carat", "cut"},
			Refit: func(_ context.Context, share float64, _ int) (int, evaluation.Predict, error) {
				return int(share * 10000), predict(size / math.Sqrt(share)), nil
			},
		})
	}
	return k
}

// classification makes a case of k classes and models that put weight on the
// true class.
func classification(n int, classes []string, weights ...float64) evaluation.Case {
	r := rand.New(rand.NewPCG(8, 8))
	x := &table.Column{Field: table.Field{Name: "x", Type: table.Number}}
	place := &table.Column{Field: table.Field{Name: "place", Type: table.Category, Levels: []string{"here", "there"}}}
	label := &table.Column{Field: table.Field{Name: "label", Type: table.Category, Levels: classes}}
	for range n {
		c := r.IntN(len(classes))
		x.Num = append(x.Num, float64(c)+r.NormFloat64()*.7)
		place.Codes = append(place.Codes, int32(r.IntN(2)))
		label.Codes = append(label.Codes, int32(c))
	}
	k := evaluation.Case{Task: metrics.Classification, Target: label.Field, Classes: classes, Test: table.New(x, place, label)}
	for i, c := range label.Codes {
		k.Rows, k.Actual = append(k.Rows, i), append(k.Actual, float64(c))
	}
	for i, w := range weights {
		stage := fmt.Sprintf("train/model%d", i)
		k.Candidates = append(k.Candidates, evaluation.Candidate{Stage: stage, Folder: "models/" + stage, Estimator: "bayes", Inputs: []string{"x", "place"},
			Predict: func(t *table.Table) ([]float64, error) {
				out := make([]float64, 0, t.Rows()*len(classes))
				for _, v := range t.Column("x").Num {
					var sum float64
					row := make([]float64, len(classes))
					for c := range row {
						row[c] = math.Exp(-w * math.Abs(v-float64(c)))
						sum += row[c]
					}
					for _, p := range row {
						out = append(out, p/sum)
					}
				}
				return out, nil
			}})
	}
	return k
}

// kept gives a judgement as it comes back from its files.
func kept(t testing.TB, j *evaluation.Judgement) *evaluation.Judgement {
	t.Helper()
	dir := t.TempDir()
	a := &artifact.Artifact{}
	for _, name := range []string{evaluation.File, evaluation.FilePredictions, evaluation.FileTest} {
		a.Files = append(a.Files, artifact.Blob{Name: name, Path: filepath.Join(dir, name)})
	}
	data, err := j.Encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(a.Files[0].Path, data, 0o666))
	require.NoError(t, j.Predictions().WriteFile(a.Files[1].Path))
	require.NoError(t, j.Table.WriteFile(a.Files[2].Path)) // of all rows the outcome is known
	again, err := evaluation.OpenJudgement(a)
	require.NoError(t, err)
	return again
}

func judge(t testing.TB, c evaluation.Case, o evaluation.Options, cores int) (*evaluation.Judgement, []byte, *notebook.Cell) {
	t.Helper()
	j, err := evaluation.Judge(context.Background(), c, o, cores, nil)
	require.NoError(t, err)
	var cell notebook.Cell
	require.NoError(t, judged.Show(context.Background(), kept(t, j), &cell, cores))
	data, err := cell.Encode()
	require.NoError(t, err)
	return j, data, &cell
}

// noNaN checks all that a person reads of a cell.
func noNaN(t *testing.T, cell *notebook.Cell) {
	t.Helper()
	var check func(blocks []notebook.Block)
	check = func(blocks []notebook.Block) {
		for _, b := range blocks {
			if b.Figure != nil {
				b.Gallery = append(b.Gallery, b.Figure)
			}
			for _, f := range b.Gallery {
				drawn, err := render.HTML(f)
				assert.NoError(t, err, f.Alt)
				assert.NotRegexp(t, `NaN|\bInf\b`, drawn+f.Alt)
			}
			if b.Table != nil {
				assert.NotContains(t, fmt.Sprint(b.Table.Rows), "NaN")
			}
			if b.Fold != nil {
				check(b.Fold.Blocks)
			}
		}
	}
	check(cell.Blocks)
}

func TestLeaderAndRunnerUp(t *testing.T) {
	testdata.OnlyComputes(t)
	j, data, _ := judge(t, regression(3000, 300, 100, 310), evaluation.Defaults(), 2)
	assert.Equal(t, []string{"train/model1", "train/model0", "train/model2"}, []string{j.Models[0].Stage, j.Models[1].Stage, j.Models[2].Stage})
	assert.Equal(t, metrics.BetterThan, j.Models[0].Versus.Verdict)
	assert.Equal(t, "train/model0", j.Models[0].Versus.With)
	assert.Equal(t, metrics.WorseThan, j.Models[1].Versus.Verdict)
	assert.Equal(t, "train/model1", j.Models[1].Versus.With)
	mae, ok := j.Models[0].Metric("mae")
	require.True(t, ok)
	assert.Equal(t, "USD", mae.Unit)
	assert.InDelta(t, 80, mae.Value, 5)
	assert.Less(t, *mae.Low, mae.Value)
	assert.Less(t, mae.Value, *mae.High)
	assert.Equal(t, "carat", j.Importance[0].Column)
	require.Len(t, j.Curve, 4)
	assert.Equal(t, 10000, j.Curve[3].Rows)
	assert.Equal(t, facts.Number(mae.Value), j.Curve[3].Value)
	assert.Contains(t, j.Findings[0].Text, "train/model1 leads by MAE: better by ")
	assert.Less(t, len(data), 1_000_000)

	encoded, err := j.Encode()
	require.NoError(t, err)
	again, err := evaluation.Decode(encoded)
	require.NoError(t, err)
	assert.Equal(t, &j.Evaluation, again)

	p := j.Predictions()
	assert.Equal(t, []string{"row", "actual", "predicted/train/model1", "predicted/train/model0", "predicted/train/model2"}, p.Names())
}

func TestTie(t *testing.T) {
	c := regression(500, 100, 100)
	flip := c.Candidates[1].Predict
	c.Candidates[1].Predict = func(t *table.Table) ([]float64, error) { // as wrong, elsewhere
		y, err := flip(t)
		for i := range y {
			y[i] = 2*4000*t.Column("carat").Num[i]*(1+0.1*float64(t.Column("cut").Codes[i])) - y[i] + 3*float64(i%3-1)
		}
		return y, err
	}
	j, _, cell := judge(t, c, evaluation.Defaults(), 2)
	assert.Equal(t, metrics.Tie, j.Models[0].Versus.Verdict)
	assert.Contains(t, j.Findings[0].Text, "are tied by MAE")
	board := cell.Blocks[0].Table
	assert.Equal(t, "= 1", board.Rows[0][0].String())
	assert.Equal(t, "= 1", board.Rows[1][0].String())
}

// guessing is what a dummy does: the same for every row.
func guessing(c *evaluation.Case, stage string, said ...float64) {
	c.Candidates = append(c.Candidates, evaluation.Candidate{Stage: stage, Estimator: "dummy", Guesses: true, Predict: func(t *table.Table) ([]float64, error) {
		var out []float64
		for range t.Rows() {
			out = append(out, said...)
		}
		return out, nil
	}})
}

// A model that ties with a guess, or ranks below it, has learned nothing, and
// that is a warning; between equals the guess comes last.
func TestNoModelBeatsGuessing(t *testing.T) {
	warned := func(j *evaluation.Judgement) (texts []string) {
		for _, f := range j.Findings {
			if f.Level == "warning" {
				texts = append(texts, f.Text)
			}
		}
		return texts
	}

	c := classification(400, []string{"no", "yes"}, 0) // a model that says 1/2 of everything
	guessing(&c, "train/baseline", .5, .5)
	slices.Reverse(c.Candidates)
	j, _, _ := judge(t, c, evaluation.Defaults(), 2)
	assert.Equal(t, "train/model0", j.Models[0].Stage)
	assert.Equal(t, []string{"no model beats guessing by Log loss: train/model0 and train/baseline are tied (they do not differ)"}, warned(j))

	c = regression(400, 100000, 90000)
	guessing(&c, "train/baseline", 5000)
	j, _, _ = judge(t, c, evaluation.Defaults(), 2)
	assert.Equal(t, "train/baseline", j.Models[0].Stage)
	require.Len(t, warned(j), 1, "that the mean does worse than the mean is no news")
	assert.Contains(t, warned(j)[0], "no model beats guessing by MAE: train/model1 ranks below train/baseline (worse by ")
	assert.Contains(t, j.Findings[0].Text, "train/model0 is worse than guessing: it ranks below train/baseline by MAE")

	c = regression(400, 100, 90000)
	guessing(&c, "train/baseline", 5000)
	j, _, _ = judge(t, c, evaluation.Defaults(), 2)
	assert.Empty(t, warned(j))
	assert.Contains(t, j.Findings[0].Text, "train/model1 is worse than guessing")
	assert.Contains(t, j.Findings[1].Text, "train/model0 leads by MAE")
}

func TestClassification(t *testing.T) {
	classes := []string{"<script>alert(1)</script>", "b", "c & d", `"e"`}
	c := classification(1200, classes, 2, 0.3)
	c.Candidates[0].Explain = func(_ *table.Table, _, class int) []evaluation.Pull {
		return []evaluation.Pull{{Column: fmt.Sprint("because", class), Value: 2}}[:class%2]
	}
	j, data, cell := judge(t, c, evaluation.Defaults(), 2)
	assert.Equal(t, "log_loss", j.Primary)
	noNaN(t, cell)
	assert.Equal(t, "x", j.Importance[0].Column)
	var why []string
	for _, b := range cell.Blocks {
		if b.Table != nil && len(b.Table.Columns) > 6 && b.Table.Columns[5].Name == "for the predicted" {
			for _, row := range b.Table.Rows {
				why = append(why, row[5].String(), row[6].String())
			}
		}
	}
	assert.Contains(t, why, "because1 +2")
	assert.Contains(t, why, "nothing")
	assert.NotContains(t, string(data), "McNemar", "both choose the same classes, with other probabilities")
	assert.Less(t, len(data), 1_000_000)
	_, data, _ = judge(t, classification(400, []string{"no", "yes"}, 2, 0), evaluation.Defaults(), 2)
	assert.Contains(t, string(data), "McNemar")
}

// What is odd about models or rows is told, never a panic or a NaN in the
// files.
func TestOddCases(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, o := range []struct {
		name string
		c    evaluation.Case
		says string
	}{
		{"one row", regression(1, 10), "only 1 row"},
		{"single model", regression(50, 10), "only 50 rows"},
		{"one class", classification(30, []string{"only"}, 1, 2), "only 30 rows"},
		{"two classes", classification(300, []string{"no", "yes"}, 1, 2), ""},
		{"class never seen", classification(12, []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"}, 1, 2), ""},
		{"worse than the mean", regression(200, 1e6), "worse than always guessing the mean"},
	} {
		t.Run(o.name, func(t *testing.T) {
			j, _, cell := judge(t, o.c, evaluation.Defaults(), 2)
			noNaN(t, cell)
			_, err := j.Encode()
			require.NoError(t, err)
			said := ""
			for _, f := range j.Findings {
				said += f.Text + "\n"
			}
			assert.Contains(t, said, o.says)
		})
	}

	c := regression(100, 1, 2)
	sound := c.Candidates[0].Predict
	c.Candidates[0].Predict = func(t *table.Table) ([]float64, error) {
		y, err := sound(t)
		y[0], y[1] = math.NaN(), math.Inf(1)
		return y, err
	}
	j, _, cell := judge(t, c, evaluation.Defaults(), 2)
	assert.Equal(t, "train/model1", j.Models[0].Stage, "a model that says nothing is last")
	noNaN(t, cell)
	_, err := json.Marshal(j.Evaluation)
	require.NoError(t, err)

	c = regression(100, 1)
	c.Actual[3] = 0
	j, _, _ = judge(t, c, evaluation.Defaults(), 1)
	_, has := j.Models[0].Metric("mape")
	assert.False(t, has)

	c.Rows, c.Actual = nil, nil
	_, err = evaluation.Judge(context.Background(), c, evaluation.Defaults(), 1, nil)
	require.ErrorContains(t, err, "no test row has a value of the target price")
}

func TestSameBytesWhateverTheCores(t *testing.T) {
	for _, c := range []evaluation.Case{regression(1500, 100, 120, 90), classification(800, []string{"a", "b", "c"}, 1, 1.2)} {
		one, first, _ := judge(t, c, evaluation.Defaults(), 1)
		two, second, _ := judge(t, c, evaluation.Defaults(), 2)
		assert.True(t, bytes.Equal(first, second), "cell")
		a, err := one.Encode()
		require.NoError(t, err)
		b, err := two.Encode()
		require.NoError(t, err)
		assert.Equal(t, string(a), string(b))
	}
}

func TestOptions(t *testing.T) {
	o := evaluation.Defaults()
	o.Primary = "rmse"
	j, _, _ := judge(t, regression(100, 1, 2), o, 1)
	assert.Equal(t, "rmse", j.Primary)
	o.Primary = "acuracy"
	require.ErrorContains(t, o.Resolve(), `did you mean "accuracy"?`)
	o.Primary = "accuracy"
	require.NoError(t, o.Resolve())
	_, err := evaluation.Judge(context.Background(), regression(100, 1), o, 1, nil)
	require.ErrorContains(t, err, "accuracy measures classification, and this is regression")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"format":1,"models":[{"metrics":[{"name":"mae","value":1}]}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := evaluation.Decode(data); err == nil {
			_ = e.Leader()
		}
	})
}

func TestLook(t *testing.T) {
	dir := os.Getenv("LABBOOK_LOOK")
	if dir == "" {
		t.Skip("set LABBOOK_LOOK to a folder to look at two pages")
	}
	labels := []string{".Net Developer", "Business Analyst", "Business Intelligence", "Help Desk and Support", "Informatica Developer", "Java Developer", "Network and System Administrator", "Oracle DBA", "Project Manager", "Quality Assurance"}
	for name, c := range map[string]evaluation.Case{"regression": regression(10788, 400, 300, 410), "classes": classification(1200, labels, 2, 0.3)} {
		start := time.Now()
		_, data, cell := judge(t, c, evaluation.Defaults(), 2)
		t.Logf("%s: %d kB, %v", name, len(data)/1000, time.Since(start))
		html := "<!doctype html><style>" + render.CSS() + "</style><body style='width:500px'>"
		var show func(blocks []notebook.Block)
		show = func(blocks []notebook.Block) {
			for _, b := range blocks {
				all := b.Gallery
				if b.Figure != nil {
					all = append(all, b.Figure)
				}
				for _, f := range all {
					drawn, err := render.HTML(f)
					require.NoError(t, err)
					html += "<figure class=plot>" + drawn + "</figure>"
				}
				if b.Table != nil {
					t.Log(b.Table.Caption, b.Table.Columns, b.Table.Rows[:min(3, len(b.Table.Rows))])
				}
				for _, f := range b.Findings {
					t.Log(f.Text)
				}
				if b.Fold != nil {
					show(b.Fold.Blocks)
				}
			}
		}
		show(cell.Blocks)
		require.NoError(t, os.WriteFile(dir+"/"+name+".html", []byte(html), 0o666))
	}
}

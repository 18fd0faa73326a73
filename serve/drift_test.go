package serve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/comparison"
)

// Whatever way a prediction is asked for, drift sees its rows, saved or not.
func TestDriftSeesEveryPrediction(t *testing.T) {
	l := oneLab(t)
	rows := func() float64 { return members(t, l.ask("GET", "/v1/stones/drift", ""), 200)["rows"].(float64) }
	csv := "carat,cut,shop\n" + strings.Repeat("0.5,Good,east\n", 30)
	for i, c := range []struct {
		path, body, kind string
		rows             float64
	}{
		{"predict", small, "application/json", 1}, {"predict", "[" + small + "," + small + "]", "application/json", 2},
		{"predict", small + "\n" + small + "\n" + small + "\n", typeLines, 3}, {"predict", csv, typeCSV, 30},
		{"predictions", `{"input":` + small + `}`, "application/json", 1},
		{"predict", "[" + strings.Repeat(small+",", 3000) + small + "]", "application/json", 0},
	} {
		before := rows()
		w := l.ask("POST", "/v1/stones/"+c.path, c.body, "Content-Type: "+c.kind, withToken)
		require.Less(t, w.Code, 300, w.Body.String())
		switch now := rows(); {
		case c.rows > 0:
			assert.Equal(t, before+c.rows, now, "%d: %s", i, c.kind)
		default: // kept in part: those rows that are whole, and no more is looked at than was asked for
			assert.Greater(t, now, before+900)
		}
	}
	members(t, l.ask("POST", "/v1/stones/what-if", `{"input":`+small+`}`), 200)
	d := members(t, l.ask("GET", "/v1/stones/drift", ""), 200)
	assert.Equal(t, 0.0, d["skipped"])
}

// One verdict stands on all fields: what is drawn from training is stable, and what has
// moved is not.
func TestDriftVerdict(t *testing.T) {
	l := oneLab(t)
	rng := rand.New(rand.NewPCG(1, 1))
	ask := func(cut func() string) map[string]any {
		var list []string
		for range 300 {
			list = append(list, fmt.Sprintf(`{"carat":%v,"cut":"%s","shop":"%s"}`, float64(20+rng.IntN(100))/100, cut(), []string{"east", "west"}[rng.IntN(2)]))
		}
		members(t, l.ask("POST", "/v1/stones/predict", "["+strings.Join(list, ",")+"]"), 200)
		return members(t, l.ask("GET", "/v1/stones/drift?last=300", ""), 200)
	}
	d := ask(func() string { return []string{"Fair", "Good", "Ideal"}[rng.IntN(3)] })
	assert.Equal(t, "stable", d["status"])
	assert.Greater(t, d["p"].(float64), beyondChance)
	d = ask(func() string { return "Ideal" })
	assert.Equal(t, "drifted", d["status"])
	assert.Less(t, d["p"].(float64), 1e-6)
}

// A field that counts for nothing moves no verdict, and what is answered counts as much
// as all fields.
func TestDriftCountsByImportance(t *testing.T) {
	stable, moved := FieldDrift{Kind: "field", Status: "stable", P: .6, Weight: 1}, FieldDrift{Kind: "field", Status: "drifted", P: 1e-12, Index: 2}
	d := Drift{Status: "unknown", Fields: []FieldDrift{stable, moved}}
	d.judge()
	assert.Equal(t, "stable", d.Status)
	d = Drift{Status: "unknown", Fields: []FieldDrift{stable, {Kind: "answer", Status: "drifted", P: 1e-9, Index: .4, Weight: 1}}}
	d.judge()
	assert.Equal(t, "drifted", d.Status)
	d = Drift{Status: "unknown", Fields: []FieldDrift{{Kind: "field", Status: "stable", P: 1e-5, Index: .02, Weight: 1}}}
	d.judge()
	assert.Equal(t, "stable", d.Status, "sure, and too little to matter")
	d = Drift{Status: "unknown", Fields: []FieldDrift{{Status: "unknown", Weight: 1}}}
	d.judge()
	assert.Equal(t, "unknown", d.Status)
}

// What answers are worth is estimated from how the model erred where it said the same,
// and what it answers is compared with what it said of rows held out.
func TestDriftEstimates(t *testing.T) {
	l := oneLab(t)
	made := l.server.Endpoint("stones")
	test := stones(100)
	said, err := made.Bundle().Predict(test)
	require.NoError(t, err)
	h := &comparison.Held{Evaluation: &evaluation.Evaluation{Importance: []evaluation.Importance{{Column: "carat", Worse: 30}, {Column: "cut", Worse: 10}, {Column: "shop", Worse: -1}}}, Left: &artifact.Artifact{},
		Sample: &metrics.Sample{Predicted: said.Values}}
	for _, v := range said.Values { // twice as far off for what costs twice as much
		h.Sample.Actual = append(h.Sample.Actual, v*1.1)
	}
	w := newWatch(made, h)
	assert.Equal(t, map[string]float64{"carat": .75, "cut": .25, "shop": 0}, w.weights)
	large := stones(100)
	for i := range large.Column("carat").Num {
		large.Column("carat").Num[i] = 1 + float64(i%19)/100
	}
	d := &Drift{Fields: []FieldDrift{{Kind: "field", Field: "carat", Status: "drifted", Weight: .75}, {Kind: "field", Weight: .25}}}
	w.more(made, []*table.Table{large}, d)
	answer := d.Fields[2]
	assert.Equal(t, "answer", answer.Kind)
	assert.Equal(t, "price", answer.Field)
	assert.Equal(t, "drifted", answer.Status, "%+v", answer)
	assert.Equal(t, 1.0, answer.Weight)
	require.NotNil(t, d.Estimate)
	assert.Equal(t, "mae", d.Estimate.Metric)
	assert.InDelta(t, 11, d.Estimate.Value, 1, "a tenth of about 110")
	assert.InDelta(t, 7.5, d.Estimate.Before, .8)
	assert.Less(t, d.Estimate.Low, d.Estimate.Value)
}

// Texts have drifted where they are of another length, or of words that the model does
// not know.
func TestDriftOfTexts(t *testing.T) {
	made := wordsEndpoint(t)
	test := notices(400)
	texts := textFields(made, test.Columns[0])
	require.Len(t, texts, 2)
	w := &watch{texts: texts}
	statuses := func(text string) map[string]string {
		t := notices(300)
		for i := range t.Columns[0].Texts {
			t.Columns[0].Texts[i] = text + t.Columns[0].Texts[i]
		}
		d := &Drift{}
		w.more(made, []*table.Table{t}, d)
		out := map[string]string{}
		for _, f := range d.Fields {
			out[f.Field] = f.Status
		}
		return out
	}
	assert.Equal(t, map[string]string{"about: length": "stable", "about: unknown words": "stable"}, statuses(""))
	got := statuses("Eine Wohnung mit Garten und Balkon. ")
	assert.Equal(t, map[string]string{"about: length": "drifted", "about: unknown words": "drifted"}, got)
	shares := made.Features().Unknown("about", []string{"cellars cellars Wohnung damp", "", "..."})
	assert.InDelta(t, .25, shares[0], 1e-9)
	assert.Equal(t, []float64{0, 0}, shares[1:])
	assert.Nil(t, made.Features().Unknown("other", nil))
	assert.False(t, math.IsNaN(shares[0]))
}

// Few requests are compared anew at each that comes; of many the drift is shown as it was
// until that is done.
func TestDriftOfManyIsFoundOutBeside(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(nil)
	made := l.server.Endpoint("stones")
	rows := func() int {
		d, err := l.server.driftNow(t.Context(), made)
		require.NoError(t, err)
		return d.Rows
	}
	assert.Equal(t, 0, rows())
	for i := range manyAsked {
		l.ask("POST", "/v1/stones/predict", small)
		if i < 3 {
			assert.Equal(t, i+1, rows())
		}
	}
	assert.Equal(t, manyAsked, rows())
	for range manyAsked / 50 {
		l.ask("POST", "/v1/stones/predict", small)
	}
	assert.Equal(t, manyAsked, rows(), "one of fifty is not many")
	l.ask("POST", "/v1/stones/predict", small)
	assert.Equal(t, manyAsked, rows(), "as it was")
	require.Eventually(t, func() bool { return rows() == manyAsked+manyAsked/50+1 }, time.Minute, time.Millisecond)
}

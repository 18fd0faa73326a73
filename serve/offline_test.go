package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/browsertest"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/store/offer"
	"labbook/internal/testdata"
	"labbook/models/bundle"
	forms "labbook/models/exchange"
	"labbook/models/exchange/portable"
	"labbook/models/training"
	"labbook/serve/pages"
)

// odd are flats of which some are unlike all others.
func odd(n int) *table.Table {
	t := flats(n).Take(seqTo(n))
	size, kind, about := t.Columns[0], t.Columns[1], t.Columns[2]
	kind.Levels = append(append([]string{}, kind.Levels...), "castle")
	for i := range n {
		switch i % 10 {
		case 3:
			size.Num[i] = 1000 * float64(i)
		case 5:
			kind.Codes[i] = 3
		case 7:
			about.Texts[i] = "völlig <anders> & bright?"
		case 8:
			about.Texts[i] = "nothing alike"
		}
	}
	return t
}

func seqTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// What a page says of a row is, byte for byte, what the API says: prediction, range,
// probabilities, sets, reasons and warnings.
func TestPagesAnswerAsTheAPI(t *testing.T) {
	trees := "{model: boosting, params: {n_estimators: 15, max_depth: 4}}"
	cases := []struct{ name, with string }{
		{"boosting", "{model: boosting, target: log, interval: {level: 0.9}, params: {n_estimators: 30}, features: {target: price, drop: [about], encode: {categories: native}}}"},
		{"linear", "{model: linear, bounds: seen, features: {target: price, drop: [about]}}"},
		{"cascade", "{model: ensemble, target: log1p, features: {target: price, drop: [about], derive: {double: 2 * size}}, params: {method: cascade, of: [{model: linear}, " + trees + ", {model: extra-trees, params: {n_estimators: 5}}]}}"},
		{"residual", "{model: ensemble, target: log, features: {target: price, drop: [about]}, params: {method: residual, of: [{model: linear}, " + trees + "]}}"},
		{"views", "{model: ensemble, target: log, features: {target: price, drop: [about], views: {plane: {numbers: {standardise: true}}, trees: {encode: {categories: native}}, words: {select: [about], drop: []}}}, params: {of: [{model: boosting, view: trees, params: {n_estimators: 15}}, {model: linear, view: plane}, {model: elastic-net, view: words}]}}"},
		{"text and numbers", "{model: logistic, features: {target: kind}}"},
		{"words", "{model: linear-svm, interval: {level: 0.9}, features: {target: kind, select: [about], text: {ngram_range: [1, 2]}}}"},
		{"abstains", "{model: logistic, interval: {level: 0.9, abstain: true}, features: {target: kind, drop: [about]}}"},
		{"blend of words", "{model: ensemble, features: {target: kind, select: [about]}, params: {of: [{model: linear-svm, weight: 2}, {model: naive-bayes}]}}"},
		{"classes by trees", "{model: boosting, calibrate: temperature, params: {n_estimators: 15}, features: {target: kind, drop: [about]}}"},
		{"forest", "{model: random-forest, params: {n_estimators: 10}, features: {target: kind, drop: [about]}}"},
		{"dummy", "{model: dummy, features: {target: price, drop: [about]}}"},
	}
	rows, asked := flats(300), odd(60)
	table.Describe(rows, 1)
	asks, want := make([]testdata.PortableCase, len(cases)), make([][]string, len(cases))
	for i, c := range cases {
		o := *training.Defaults()
		require.NoError(t, params.DecodeString(c.with, &o), c.name)
		from, err := training.NewSource(rows, &partition.Structure{}, *o.Features, 1)
		require.NoError(t, err, c.name)
		trained, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
		require.NoError(t, err, c.name)
		s := &Endpoint{Name: c.name, Version: &record.Version{Model: "flats", Version: 1}, model: &model{bundle: trained.Bundle}}
		if c.name == "linear" {
			s.model.own = &offer.Offer{Interval: &offer.Interval{Level: 0.8, Low: 0.9, High: 1.25, Relative: true}}
		}
		s.limits = &Limits{}
		s.prepare()
		p, err := forms.NewPortable(trained.Bundle)
		require.NoError(t, err, c.name)
		document := p.Document
		if v := s.Interval(); v != nil {
			served, err := json.Marshal(v)
			require.NoError(t, err)
			document = []byte(strings.TrimSuffix(string(document), "}") + `,"served":` + string(served) + "}")
		}
		asks[i] = testdata.NewPortableCase(document, p.Lists, nil)
		asks[i].Objects, asks[i].Explained = true, 30
		for row := range asked.Rows() {
			one := asked.Slice(row, row+1)
			asks[i].Rows = append(asks[i].Rows, objectOf(s, one))
			said, err := trained.Bundle.Answer(one)
			if none := (*bundle.Unanswered)(nil); errors.As(err, &none) {
				want[i] = append(want[i], "refused: "+bundle.NoPrediction)
				continue
			}
			require.NoError(t, err, "%s: row %d", c.name, row)
			answer, _, _ := strings.Cut(string(s.appendAnswer(nil, one, said, false, row < 30 && s.explains(), "id")), `,"model":`)
			want[i] = append(want[i], answer+"}")
		}
	}
	for i, got := range testdata.Portable(t, portable.Script(), asks) {
		t.Run(cases[i].name, func(t *testing.T) {
			for row := range got {
				require.Equal(t, want[i][row], got[row], "row %d: %v", row, asks[i].Rows[row])
			}
		})
	}
}

// objectOf gives a row as a client sends it.
func objectOf(s *Endpoint, row *table.Table) map[string]any {
	object := map[string]any{}
	for _, f := range s.Features().Inputs {
		switch c := row.Column(f.Name); {
		case c.IsMissing(0):
		case c.Type == table.Number && !math.IsNaN(c.Num[0]):
			object[f.Name] = c.Num[0]
		default:
			object[f.Name] = c.String(0)
		}
	}
	return object
}

// What is wrong with what was sent is said in the API's words.
func TestPagesFindFaultsAsTheAPI(t *testing.T) {
	l := newLab(t)
	l.train(1000, nil)
	l.start(nil)
	s := l.server.current.Load().endpoints["stones"]
	require.NotNil(t, s)
	p, err := forms.NewPortable(s.model.bundle)
	require.NoError(t, err)
	bodies := []string{`{}`, `{"carat": "1", "cut": "Idael", "shop": "east"}`, `{"carat": -1, "cut": "Ideal", "shop": "north"}`, `{"carat": null, "cut": null, "shop": "east"}`, `{"carat": "many", "cut": "Good", "shop": "west"}`}
	c := testdata.NewPortableCase(p.Document, p.Lists, nil)
	c.Objects = true
	for _, body := range bodies {
		c.Rows = append(c.Rows, json.RawMessage(body))
	}
	got := testdata.Portable(t, portable.Script(), []testdata.PortableCase{c})[0]
	for i, body := range bodies {
		var problem struct {
			Errors []struct{ Location, Message, Hint string }
		}
		require.NoError(t, json.Unmarshal(l.ask("POST", "/v1/stones/predict", body).Body.Bytes(), &problem))
		want := []string{}
		for _, e := range problem.Errors {
			want = append(want, fmt.Sprint(strings.TrimPrefix(e.Location, "body."), ": ", e.Message))
		}
		var faults []struct{ Field, Message string }
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(got[i], "faults: ")), &faults), got[i])
		said := []string{}
		for _, f := range faults {
			said = append(said, f.Field+": "+f.Message)
		}
		require.ElementsMatch(t, want, said, body)
	}
}

// A person opens the page from a file, fills the form in, is told what is wrong, and
// gets the answer of the server, on a desk and on a phone, light and dark.
func TestBrowserPredictsOffline(t *testing.T) {
	l := pagesLab(t, nil)
	v, err := l.registry.Resolve(t.Context(), "stones")
	require.NoError(t, err)
	page, err := Page(t.Context(), l.registry, l.ledger, v)
	require.NoError(t, err)
	again, err := Page(t.Context(), l.registry, l.ledger, v)
	require.NoError(t, err)
	assert.Equal(t, page, again, "the same version gives the same bytes")
	file := filepath.Join(t.TempDir(), "model.html")
	require.NoError(t, os.WriteFile(file, page, 0o666))
	b := browsertest.Open(t)
	b.Visit("file://" + file)
	b.Wait(`labbook.ready()`)
	assert.Empty(t, browsertest.Ask[[]string](b, `performance.getEntriesByType("resource").map(e => e.name)`))

	fill := func(name, value string) {
		browsertest.Ask[any](b, fmt.Sprintf(`(document.querySelector('[name="in.%s"]').value = %q, document.querySelector('[name="in.%s"]').dispatchEvent(new Event("input", {bubbles: true})))`, name, value, name))
	}
	fill("carat", "0,5")
	browsertest.Ask[any](b, `document.getElementById("predict").click()`)
	assert.Equal(t, "3 things are to be put right", browsertest.Ask[string](b, `document.querySelector(".error .label").textContent`))
	assert.Equal(t, "Carat is no number. Did you mean 0.5?", browsertest.Ask[string](b, `document.getElementById("field-0-fault").textContent`))
	assert.Empty(t, b.Faults())
	fill("carat", "0.5")
	fill("cut", "Ideal")
	fill("shop", "west")
	browsertest.Ask[any](b, `document.getElementById("predict").click()`)
	said := browsertest.Ask[string](b, `document.querySelector(".value-big").textContent`)
	status, _, server := l.form("/pipelines/stones/predict", url.Values{"in.carat": {"0.5"}, "in.cut": {"Ideal"}, "in.shop": {"west"}}, false)
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, server, ">"+said+"<")
	fill("carat", "40")
	b.Wait(`document.querySelector(".findings")?.textContent.includes("above the largest in training")`)
	for _, width := range []int64{1280, 390, 320} {
		b.Size(width, 900)
		for _, scheme := range []string{"light", "dark"} {
			b.Scheme(scheme)
			assert.Empty(t, b.Faults(), "%d px, %s", width, scheme)
			b.Picture(fmt.Sprintf("offline-%d-%s", width, scheme))
		}
	}
}

// A model whose page would not go by e-mail is refused.
func TestPageIsNotTooLarge(t *testing.T) {
	o := &pages.Offline{Version: &record.Version{Model: "m", Version: 1, Artifact: strings.Repeat("0", 64)}, Model: &forms.Portable{Document: []byte("{}"), Lists: make([]byte, pages.MaxOffline)}}
	_, err := o.Write()
	assert.ErrorContains(t, err, "the model is too large for a page; found 20 MB, wanted at most 15 MB")
}

// Where many fields differ from what is typical, a page asks along the same orders as
// the API does.
func TestPagesSampleOrdersAsTheAPI(t *testing.T) {
	const n, width = 200, 13
	rng := rand.New(rand.NewPCG(5, 6))
	columns := make([]*table.Column, width+1)
	for k := range columns {
		columns[k] = &table.Column{Field: table.Field{Name: fmt.Sprint("c", k), Type: table.Number}, Num: make([]float64, n)}
		for i := range n {
			columns[k].Num[i] = rng.NormFloat64()
		}
	}
	for i := range n {
		columns[width].Num[i] = columns[0].Num[i]*columns[1].Num[i] + columns[2].Num[i]
	}
	rows := table.New(columns...)
	table.Describe(rows, 1)
	o := *training.Defaults()
	require.NoError(t, params.DecodeString("{model: boosting, params: {n_estimators: 10}, features: {target: c13}}", &o))
	from, err := training.NewSource(rows, &partition.Structure{}, *o.Features, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
	require.NoError(t, err)
	s := &Endpoint{Name: "wide", Version: &record.Version{Model: "wide", Version: 1}, model: &model{bundle: trained.Bundle}, limits: &Limits{}}
	s.prepare()
	p, err := forms.NewPortable(trained.Bundle)
	require.NoError(t, err)
	one := rows.Slice(3, 4)
	said, err := trained.Bundle.Answer(one)
	require.NoError(t, err)
	answer, _, _ := strings.Cut(string(s.appendAnswer(nil, one, said, false, true, "id")), `,"model":`)
	require.Contains(t, answer, `"approximate":"sampling"`)
	c := testdata.NewPortableCase(p.Document, p.Lists, []any{objectOf(s, one)})
	c.Objects, c.Explained = true, 1
	require.Equal(t, answer+"}", testdata.Portable(t, portable.Script(), []testdata.PortableCase{c})[0][0])
}

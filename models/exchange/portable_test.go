package exchange

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata"
	"labbook/models/bundle"
	"labbook/models/exchange/portable"
)

// askedOf gives the rows as the script takes them.
func askedOf(b *bundle.Bundle, rows *table.Table) []any {
	asked := make([]any, rows.Rows())
	for i := range asked {
		row := map[string]any{}
		for _, f := range b.Features.Inputs {
			c := rows.Column(f.Name)
			switch {
			case c.Type == table.Text:
				row[f.Name] = c.Texts[i]
			case c.IsMissing(i):
				row[f.Name] = nil
			case c.Type == table.Category:
				row[f.Name] = c.Levels[c.Codes[i]]
			default:
				row[f.Name] = c.Num[i]
			}
		}
		asked[i] = row
	}
	return asked
}

// agreeInPages has the script of pages predict the rows of each sample, and wants the
// very numbers that labbook says.
func agreeInPages(t *testing.T, samples []*sample) {
	samples = slices.DeleteFunc(slices.Clone(samples), func(s *sample) bool { // what TestPagesRefuse is about
		return slices.ContainsFunc(s.b.Features.Derived(), func(d features.DerivedPart) bool { return strings.Contains(d.Expr, " matches ") })
	})
	cases := make([]testdata.PortableCase, len(samples))
	for i, s := range samples {
		p, err := NewPortable(s.b)
		require.NoError(t, err, s.name)
		cases[i] = testdata.NewPortableCase(p.Document, p.Lists, askedOf(s.b, s.rows))
	}
	for i, answers := range testdata.Portable(t, portable.Script(), cases) {
		t.Run(samples[i].name, func(t *testing.T) { samples[i].same(t, answers) })
	}
}

// same wants answers of the script to be those of labbook.
func (s *sample) same(t *testing.T, answers []string) {
	said := answered(t, s.b, s.rows)
	require.Len(t, answers, len(said))
	for i, one := range said {
		if one == nil {
			require.Regexp(t, "^refused: ", answers[i], "row %d", i)
			continue
		}
		require.Regexp(t, "^{", answers[i], "row %d: %v", i, askedOf(s.b, s.rows)[i])
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(answers[i]), &members))
		name := s.b.Features.Target.Name
		if one.Classes == nil {
			require.Equal(t, exactly(one.Values[0]), string(members[name]), "row %d", i)
			var range_ struct{ Low, High json.Number }
			if one.Low != nil && !math.IsNaN(one.Low[0]) {
				require.NoError(t, json.Unmarshal(members["interval"], &range_))
				require.Equal(t, []string{exactly(one.Low[0]), exactly(one.High[0])}, []string{string(range_.Low), string(range_.High)}, "row %d", i)
			} else {
				require.Nil(t, members["interval"], "row %d", i)
			}
			continue
		}
		var p map[string]json.Number
		require.NoError(t, json.Unmarshal(members["probabilities"], &p))
		for c, class := range one.Classes {
			require.Equal(t, exactly(one.Probabilities[c]), string(p[class]), "row %d: %s", i, class)
		}
		if members["abstained"] == nil || strings.Contains(string(members["abstained"]), "false") {
			require.Equal(t, string(jsonrow.AppendString(nil, one.Label(0))), string(members[name]), "row %d", i)
		}
	}
}

// Pages know characters, and runs of words past stop words, which ONNX does not.
func TestPagesOfTexts(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := letters(1, 200), letters(2, 200)
	copy(asked.Column("text").Texts, []string{"ΑΣ ΣΑΣ ΣΑΣΑ", "İSTANBUL İ", "ﬁ ǅ ẞ", "a\u2028b\u00a0 c\t\td", "𝒳𝒴 𝟙𝟚 x"})
	var samples []*sample
	for _, of := range []string{"", "analyzer: char, ngram_range: [1, 3]", "analyzer: char_wb, ngram_range: [2, 4], min_df: 2", "ngram_range: [1, 2], stop_words: english", "analyzer: char_wb, ngram_range: [1, 6], lowercase: false"} {
		samples = append(samples, &sample{name: of, b: made(t, rows, "{target: class, drop: [price, size], text: {"+of+"}}", "{model: logistic}"), rows: asked})
	}
	agreeInPages(t, samples)
}

// What has no form in a page is refused by its name, with what to do.
func TestPagesRefuse(t *testing.T) {
	rows, shopped := letters(1, 100), shop(1, 100)
	text := func(of string) string { return "{target: class, drop: [price, size], text: {" + of + "}}" }
	for _, c := range []struct {
		rows     *table.Table
		of, with string
		want     []string
	}{
		{rows, text("stem: english"), "{model: logistic}", []string{`stems of the text "text" has no form in a page`, "found stem: english"}},
		{rows, text("hash: 50, weight: count"), "{model: logistic}", []string{"hashed terms", "hash: 50"}},
		{rows, text("token_pattern: '[a-z]+'"), "{model: logistic}", []string{"the words of", "token_pattern: [a-z]+"}},
		{shopped, ofPrice, "{model: nearest-neighbours}", []string{"found model: nearest-neighbours"}},
		{shopped, "{target: price, drop: [class, two], derive: {d: 'kind matches \"^a\"'}}", "{model: boosting, params: {n_estimators: 2}}", []string{`the derived column "d" has no form in a page`, "found kind matches"}},
	} {
		_, err := NewPortable(made(t, c.rows, c.of, c.with))
		var told *diag.Error
		require.ErrorAs(t, err, &told, c.of)
		assert.NotEmpty(t, told.Hint)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want)
		}
	}
	b := made(t, shopped, "{target: price, drop: [class, two]}", "{model: boosting, params: {n_estimators: 2}}")
	for i := range b.Features.Inputs {
		if f := &b.Features.Inputs[i]; f.Type == table.Date {
			f.Layout = "2 Jan 2006"
		}
	}
	_, err := NewPortable(b)
	assert.ErrorContains(t, err, "the dates of sold have no form in a page; found layout: 2 Jan 2006")
}

func exactly(v float64) string { return string(jsonrow.AppendNumber(nil, v)) }

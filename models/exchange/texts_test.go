package exchange

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// letters has texts of words in several scripts, with marks between them.
func letters(seed uint64, rows int) *table.Table {
	rng := rand.New(rand.NewPCG(seed, 11))
	words := strings.Fields("the The a I data DATA Data2 C++ c# y2k x_y don't résumé RÉSUMÉ ÉCOLE straße STRASSE привет Привет ΑΒΓ αβγ 東京 大阪 1 22 333 foo-bar e.g. naïve _ __ ½ ²")
	blanks := []string{" ", "  ", "\n", "\t", ", ", " – ", "\u00a0", "/", "'"}
	text := &table.Column{Field: table.Field{Name: "text", Type: table.Text}}
	size := &table.Column{Field: table.Field{Name: "size", Type: table.Number}}
	class := &table.Column{Field: table.Field{Name: "class", Type: table.Category, Levels: []string{"latin", "other", "signs"}}}
	price := &table.Column{Field: table.Field{Name: "price", Type: table.Number}}
	for i := range rows {
		var b strings.Builder
		kind := rng.IntN(3)
		for range rng.IntN(30) {
			w := words[(rng.IntN(len(words)/2)+kind*len(words)/3)%len(words)]
			b.WriteString(w)
			b.WriteString(blanks[rng.IntN(len(blanks))])
		}
		said := b.String()
		switch i % 25 {
		case 23:
			said = ""
		case 24:
			said = "... ! a \u200b"
		}
		text.Texts, size.Num = append(text.Texts, said), append(size.Num, rng.NormFloat64())
		class.Codes, price.Num = append(class.Codes, int32(kind)), append(price.Num, float64(kind)+rng.Float64())
	}
	t := table.New(text, size, class, price)
	table.Describe(t, 1)
	return t
}

// What words become is the same.
func TestFormsOfTexts(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := letters(1, 200), letters(2, 200)
	var samples []*sample
	for _, c := range []struct{ of, with string }{
		{"", "{model: logistic}"},
		{"", "{model: linear-svm, validation: {folds: 3}}"},
		{"text: {weight: count}", "{model: naive-bayes}"},
		{"text: {weight: binary}", "{model: complement-bayes}"},
		{"text: {weight: count}", "{model: boosting, params: {n_estimators: 10}}"},
		{"text: {ngram_range: [1, 2], min_df: 2, sublinear_tf: true}", "{model: logistic, interval: {level: 0.9}}"},
		{"text: {ngram_range: [2, 3], min_df: 2}", "{model: logistic}"},
		{"text: {norm: l1, use_idf: false}", "{model: logistic}"},
		{"text: {norm: none, smooth_idf: false, max_features: 20}", "{model: logistic}"},
		{"text: {stop_words: english}", "{model: logistic}"},
		{`text: {token_pattern: '\b\w+\b', lowercase: false}`, "{model: logistic}"},
		{"select: [text, size]", "{model: logistic}"},
		{"", "{model: ensemble, params: {of: [{model: linear-svm, weight: 2}, {model: logistic}]}}"},
	} {
		whole := fmt.Sprintf("{target: class, %s%s}", "drop: [price, size]", join(c.of))
		if strings.HasPrefix(c.of, "select") {
			whole = "{target: class, " + c.of + "}"
		}
		samples = append(samples, &sample{name: c.of + " " + c.with, b: made(t, rows, whole, c.with), rows: asked})
	}
	samples = append(samples, &sample{name: "numbers", b: made(t, rows, "{target: price, drop: [class]}", "{model: elastic-net}"), rows: asked})
	agree(t, samples)
}

// What has no form in ONNX is refused by its name, with what to do.
func TestONNXRefuses(t *testing.T) {
	rows, shopped := letters(1, 100), shop(1, 100)
	text := func(of string) string { return "{target: class, drop: [price, size], text: {" + of + "}}" }
	for _, c := range []struct {
		rows     *table.Table
		of, with string
		want     []string
	}{
		{rows, text("analyzer: char_wb"), "{model: logistic}", []string{`the characters of the text "text" have no form in ONNX`, "analyzer: char_wb"}},
		{rows, text("stem: english"), "{model: logistic}", []string{`the stems of the text "text"`, "stem: english"}},
		{rows, text("hash: 50, weight: count"), "{model: logistic}", []string{"the hashed terms", "hash: 50"}},
		{rows, text(`token_pattern: '[a-z]+'`), "{model: logistic}", []string{"the words of", "token_pattern: [a-z]+"}},
		{rows, text("ngram_range: [1, 2], stop_words: english"), "{model: logistic}", []string{"runs of words past stop words"}},
		{shopped, ofPrice, "{model: nearest-neighbours}", []string{"found model: nearest-neighbours"}},
		{shopped, ofPrice, "{model: ensemble, params: {of: [{model: linear}, {model: nearest-neighbours}]}}", []string{"found model: nearest-neighbours"}},
		{shopped, "{target: price, drop: [class, two], derive: {d: len(kind)}}", "{model: boosting, params: {n_estimators: 2}}", []string{`the derived column "d" has no form in ONNX: len() of a text`, "found len(kind)"}},
		{shopped, "{target: price, drop: [class, two], derive: {d: 'kind < \"m\"'}}", "{model: boosting, params: {n_estimators: 2}}", []string{"texts have no order there"}},
	} {
		_, _, err := ONNX(made(t, c.rows, c.of, c.with), About{Model: "m", Version: 1})
		var told *diag.Error
		require.ErrorAs(t, err, &told, c.of)
		assert.NotEmpty(t, told.Hint)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want)
		}
	}
}

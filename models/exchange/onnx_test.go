package exchange

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/calibration"
	"labbook/models/formula"
	"labbook/models/training"
)

// shop has a column of every type, with missing values, levels in other scripts,
// numbers of all sizes, and two targets.
func shop(seed uint64, rows int) *table.Table {
	rng := rand.New(rand.NewPCG(seed, 7))
	levels := []string{"", "Ünïcode", "a=b", "plain", "price", "日本"}[1:]
	grades := []string{"bad", "fair", "good", "best"}
	number := func(name string, of func() float64) *table.Column {
		c := &table.Column{Field: table.Field{Name: name, Type: table.Number}}
		for range rows {
			c.Num = append(c.Num, of())
		}
		return c
	}
	category := func(name string, levels []string, ordered bool) *table.Column {
		c := &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: levels, Ordered: ordered}}
		for range rows {
			c.Codes = append(c.Codes, int32(rng.IntN(len(levels)+1)-1))
		}
		return c
	}
	size := number("size", func() float64 { return math.Exp(rng.NormFloat64()) })
	gaps := number("gaps", func() float64 {
		if rng.IntN(4) == 0 {
			return math.NaN()
		}
		return float64(rng.IntN(7)) - 3
	})
	far := number("far", func() float64 { return rng.NormFloat64() * math.Pow(10, float64(rng.IntN(8)-4)) })
	kind, grade := category("kind", levels, false), category("grade", grades, true)
	sold := number("sold", func() float64 { return float64(rng.Int64N(4e9) - 1e9) })
	sold.Type = table.Date
	price := &table.Column{Field: table.Field{Name: "price", Type: table.Number, Unit: "EUR"}}
	class := &table.Column{Field: table.Field{Name: "class", Type: table.Category, Levels: []string{"cheap", "dear", "mid"}}}
	two := &table.Column{Field: table.Field{Name: "two", Type: table.Category, Levels: []string{"no", "yes"}}}
	for i := range rows {
		v := 3*size.Num[i] + float64(grade.Codes[i]) + math.Sin(float64(kind.Codes[i])) + math.Abs(rng.NormFloat64())/3
		if !math.IsNaN(gaps.Num[i]) {
			v += gaps.Num[i] / 2
		}
		v = math.Abs(v) + 0.1
		price.Num = append(price.Num, v)
		c := int32(2)
		if v < 3 {
			c = 0
		} else if v > 6 {
			c = 1
		}
		class.Codes = append(class.Codes, c)
		two.Codes = append(two.Codes, min(c, 1))
	}
	t := table.New(size, gaps, far, kind, grade, sold, price, class, two)
	table.Describe(t, 1)
	return t
}

// strange is rows with what training has not: extreme numbers, unknown levels,
// nothing at all.
func strange(t *table.Table) *table.Table {
	out := t.Take(seq(t.Rows()))
	odd := []float64{math.NaN(), 0, math.Copysign(0, -1), 1e300, -1e300, 3e-308, math.MaxFloat32, 3.5e38, 1e-46, 0.1}
	for _, c := range out.Columns {
		for i := range c.Len() {
			switch {
			case i%3 > 0:
			case c.Type == table.Number:
				c.Num[i] = odd[(i/3)%len(odd)]
			case c.Type == table.Date && i%2 == 0:
				c.Num[i] = math.NaN()
			case c.Type == table.Category && i%2 == 0:
				c.Codes[i] = int32(len(c.Levels))
			}
		}
		if c.Type == table.Category {
			c.Levels = append(append([]string{}, c.Levels...), "never seen")
		}
	}
	return out
}

func seq(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// made trains as pipelines declare it: features and model in YAML.
func made(t testing.TB, rows *table.Table, of, with string) *bundle.Bundle {
	f := features.Defaults()
	require.NoError(t, params.DecodeString(of, &f), of)
	o := training.Defaults()
	require.NoError(t, params.DecodeString(with, o), with)
	from, err := training.NewSource(rows, &partition.Structure{}, f, 1)
	require.NoError(t, err, of)
	done, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
	require.NoError(t, err, "%s of %s", with, of)
	b, err := bundle.Load(reader(files(t, done.Bundle)))
	require.NoError(t, err)
	return b
}

// The features of shop that every model takes.
const (
	ofPrice = "{target: price, drop: [class, two], numbers: {impute: median, standardise: true}}"
	ofClass = "{target: class, drop: [price, two], numbers: {impute: median, standardise: true}}"
	ofTwo   = "{target: two, drop: [price, class], numbers: {impute: median, standardise: true}}"
	counts  = "{target: class, select: [kind, grade]}"
)

// without are models that no other program's form holds.
var without = []string{"command", "nearest-neighbours", "seasonal-naive"}

// Every model that has a form says in onnxruntime what it says here.
func TestFormsOfModels(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := shop(1, 150), strange(shop(2, 150))
	var samples []*sample
	add := func(name, of, with string) {
		samples = append(samples, &sample{name: name, b: made(t, rows, of, with), rows: asked})
	}
	for _, spec := range models.All {
		if slices.Contains(without, spec.Name) || spec.Name == "ensemble" {
			continue
		}
		with := fmt.Sprintf("{model: %s}", spec.Name)
		if slices.Contains(spec.Tasks, metrics.Regression) {
			add(spec.Name+" of numbers", ofPrice, with)
		}
		if slices.Contains(spec.Tasks, metrics.Classification) {
			of := []string{ofTwo, ofClass}
			if spec.Name == "naive-bayes" || spec.Name == "complement-bayes" {
				of = []string{counts}
			}
			for _, f := range of {
				add(spec.Name+" of "+f, f, with)
			}
		}
	}
	few := "params: {n_estimators: 20, max_depth: 4}"
	for _, objective := range []string{"absolute_error", "pseudo_huber", "poisson", "quantile"} {
		add(objective, ofPrice, fmt.Sprintf("{model: boosting, params: {objective: %s, n_estimators: 20}}", objective))
	}
	for _, method := range []string{"average", "stack", "residual", "cascade"} {
		add(method, ofPrice, fmt.Sprintf("{model: ensemble, params: {method: %s, of: [{model: linear, weight: 2}, {model: boosting, %s, repeat: 2}, {model: extra-trees, %s}]}}", method, few, few))
	}
	add("cascades in a cascade", ofPrice, fmt.Sprintf("{model: ensemble, params: {method: cascade, of: [{model: linear}, {model: ensemble, params: {method: cascade, of: [{model: linear}, {model: boosting, %s}]}}]}}", few))
	add("stack of classes", ofClass, fmt.Sprintf("{model: ensemble, params: {method: stack, of: [{model: logistic}, {model: random-forest, %s}]}}", few))
	views := "{target: price, drop: [class, two], derive: {double: 2 * size}, views: {flat: {numbers: {impute: median, standardise: true, spline: 4, indicate: true}}, codes: {encode: {categories: native}}}}"
	onViews := "{model: ensemble, target: log, interval: {level: 0.9}, params: {method: %s, of: [{model: linear, view: flat}, {model: boosting, view: codes, %s}%s]}}"
	add("average of views", views, fmt.Sprintf(onViews, "average", few, ", {model: ensemble, params: {of: [{model: boosting, view: codes, "+few+"}, {model: huber, view: flat}]}}"))
	add("cascade of views", views, fmt.Sprintf(onViews, "cascade", few, ""))
	agree(t, samples)
}

// What becomes of a score is the same.
func TestFormsOfAnswers(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := shop(1, 400), strange(shop(2, 200))
	var samples []*sample
	for _, c := range []struct{ of, with string }{
		{ofPrice, "{model: linear, target: log, bounds: seen}"},
		{ofPrice, "{model: linear, target: log1p}"},
		{ofPrice, "{model: linear, bounds: seen, interval: {level: 0.8, width: even}}"},
		{ofPrice, "{model: boosting, target: log, interval: {level: 0.9}, params: {n_estimators: 30}}"},
		{ofPrice, "{model: linear, target: log1p, bounds: seen, interval: {level: 0.9, width: local}, validation: {folds: 3}}"},
		{ofClass, "{model: boosting, calibrate: temperature, params: {n_estimators: 30}}"},
		{ofClass, "{model: random-forest, params: {n_estimators: 20}}"},
		{ofTwo, "{model: random-forest, params: {n_estimators: 20}}"},
		{ofTwo, "{model: logistic, threshold: {positive: yes, costs: {fn: 5, fp: 1}}}"},
		{ofTwo, "{model: linear-svm, calibrate: temperature, threshold: {positive: no, recall: 0.9}}"},
		{ofClass, "{model: linear-svm, interval: {level: 0.9}}"},
	} {
		samples = append(samples, &sample{name: c.with, b: made(t, rows, c.of, c.with), rows: asked})
	}
	curve := calibration.Curve{Said: []float64{0.1, 0.25, 0.25001, 0.7}, True: []float64{0.05, 0.2, 0.2, 0.9}}
	one := calibration.Curve{Said: []float64{0.5}, True: []float64{0.4}}
	samples[6].b.Calibration = &calibration.Map{Method: calibration.Isotonic, Curves: []calibration.Curve{curve, one, curve}}
	samples[7].b.Calibration = &calibration.Map{Method: calibration.Isotonic, Curves: []calibration.Curve{curve}}
	assert.True(t, samples[3].b.Interval.Local)
	agree(t, samples)
}

// What features make of columns is the same.
func TestFormsOfFeatures(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := shop(3, 300), strange(shop(4, 200))
	full := rows.Take(slices.DeleteFunc(seq(rows.Rows()), func(i int) bool {
		return rows.Column("kind").Codes[i] < 0 || rows.Column("grade").Codes[i] < 0
	}))
	var samples []*sample
	for _, of := range []string{
		"",
		"encode: {categories: native}",
		"encode: {categories: ordinal}",
		"encode: {categories: ordinal, unknown: most_frequent, missing: most_frequent}",
		"encode: {categories: onehot, drop_first: false}",
		"encode: {categories: onehot, unknown: error, missing: level}",
		"encode: {categories: onehot, unknown: most_frequent, missing: ignore}",
		"encode: {categories: ordinal, unknown: error, missing: ignore}",
		"encode: {categories: native, unknown: error, missing: level}",
		"numbers: {log: [size, gaps, far], impute: mean, standardise: true}",
		"numbers: {impute: most_frequent}",
		"numbers: {spline: 4, indicate: true}, select: [size, far, kind]",
		"numbers: {spline: 5, indicate: true, impute: median, standardise: true, log: [size]}",
		"numbers: {quantile: true, impute: median, log: [size]}, encode: {rare: 70}",
		"encode: {categories: native, rare: 70}, columns: {far: {quantile: true}}",
		"encode: {categories: target}, numbers: {standardise: true}",
		"select: [usual, off, kinds], statistics: {usual: {of: size, by: [kind]}, kinds: {take: share, by: [kind]}}, derive: {off: size - usual}",
		"encode: {categories: target, unknown: error, missing: ignore}",
		"select: [sold, size], numbers: {impute: median, standardise: true}, dates: [year, quarter, month, weekday, yearday, hour, time, year_cycle, week_cycle, day_cycle]",
		"derive: {volume: size * far, big: size > 1, kindly: kind + grade}, columns: {kind: {encode: ordinal}, gaps: {impute: mean}}",
	} {
		whole := fmt.Sprintf("{target: price, drop: [class, two]%s}", join(of))
		rows := rows
		if strings.Contains(of, "unknown: error") {
			rows = full
		}
		samples = append(samples, &sample{name: of + ", trees", b: made(t, rows, whole, "{model: boosting, params: {n_estimators: 20}}"), rows: asked},
			&sample{name: of + ", guess", b: made(t, rows, whole, "{model: dummy}"), rows: asked})
	}
	agree(t, samples)
}

func join(more string) string {
	if more == "" {
		return ""
	}
	return ", " + more
}

// formulas have each operator and function that has a form in ONNX.
var formulas = []string{
	"size * gaps - far / 2 + 1.5", "-size ** 2", "size ^ 0.5", "far % 3", "(gaps / 0) ?? 1", "size / gaps",
	"abs(far)", "sqrt(far)", "cbrt(far)", "exp(gaps)", "log(gaps)", "log2(size)", "log10(size)", "log1p(far)", "floor(far)", "ceil(far)",
	"round(gaps / 2)", "min(size, gaps, far)", "max(size, gaps)", "missing(gaps)", "missing(kind)", "gaps ?? 7", "log(gaps) ?? size",
	"size > 1 ? far : gaps", "gaps > 0 and size < 1", "gaps != 0 or not (far >= 1)", "gaps == 1", "gaps <= 0", "(size > 1) == (gaps > 0)", "(size > 1) != (gaps > 0)",
	"gaps > 0 ? size > 1 : far > 1", "gaps in [1, -2, 3]", "gaps not in [1, 2]", `kind in ["plain", "日本"]`, `kind == "plain"`, `kind != "plain"`,
	`grade >= "fair"`, `grade < "good"`, `"good" > grade`, `kind contains "n"`, `kind startsWith "pl"`, `kind endsWith "本"`, `kind matches "^[a-p]"`, `not (kind matches "a=?b$")`,
	`kind + "-" + grade`, `kind ?? "none"`, `size > 1 ? kind : "small"`, "let v = size * 2; v + v * gaps",
	"year(sold)", "month(sold)", "day(sold)", "weekday(sold)", "yearday(sold)", "hour(sold)", `sold > "2000-02-29"`, `sold - date("1999-12-31")`, "sold + 10.5", "sold - weekday(sold) * 1.5",
	`column("far") * 2`,
}

// Each formula gives what it gives here, row by row.
func TestFormsOfFormulas(t *testing.T) {
	testdata.OnlyComputes(t)
	rows, asked := shop(5, 100), strange(shop(6, 200))
	var samples []*sample
	for _, f := range formulas {
		samples = append(samples, formulaSample(t, f, rows, asked))
	}
	agree(t, samples)
}

// formulaSample is a model that says what a formula gives.
func formulaSample(t *testing.T, f string, rows, asked *table.Table) *sample {
	o := features.Defaults()
	o.Target, o.Select, o.Dates = "price", []string{"d"}, []string{"time"}
	o.Derive = params.Map[string]{{Key: "d", Value: f}}
	fitted, err := features.Fit(rows, o)
	require.NoError(t, err, f)
	weights := make([]float64, len(fitted.Names()))
	for j := range weights {
		weights[j] = float64(j + 1)
	}
	return &sample{name: f, rows: asked, b: &bundle.Bundle{Estimator: "boosting", Transform: bundle.None, Features: fitted, Model: &sum{weights}}}
}

// Pages know the functions of texts besides, which ONNX has no operators for.
func TestPagesOfTextFormulas(t *testing.T) {
	rows, asked := shop(5, 100), strange(shop(6, 200))
	var samples []*sample
	for _, f := range []string{"lower(kind) + upper(kind)", `trim(kind + " ")`, "len(kind)", `number(kind) ?? len(grade)`, `number("1e3") * gaps`, "kind > grade", `kind <= "plain"`} {
		samples = append(samples, formulaSample(t, f, rows, asked))
	}
	agreeInPages(t, samples)
}

// sum passes on what features make: a weighted sum of the columns.
type sum struct{ weights []float64 }

func (m *sum) Outputs() int                   { return 1 }
func (m *sum) MarshalBinary() ([]byte, error) { return nil, nil }

func (m *sum) Predict(dst []float64, x *matrix.Matrix) {
	for i := range dst {
		dst[i] = 0
		for j, v := range x.Row(i) {
			dst[i] += m.weights[j] * v
		}
	}
}

func (m *sum) Formula() (formula.Formula, error) {
	return &formula.Affine{Weights: m.weights, Bias: []float64{0}}, nil
}

// Whatever is declared, onnxruntime agrees: random features and models, as many as
// LABBOOK_NIGHT says, or few.
func TestFormsOfAnything(t *testing.T) {
	testdata.OnlyComputes(t)
	for study := range testdata.Studies(6) {
		seed := uint64(study)
		rng := rand.New(rand.NewPCG(seed, 13))
		pick := func(of ...string) string { return of[rng.IntN(len(of))] }
		target := pick("price", "class", "two")
		size := fmt.Sprintf("params: {n_estimators: %d, max_depth: %d}", 1+rng.IntN(30), 1+rng.IntN(8))
		with := pick("model: boosting, "+size, "model: random-forest, "+size, "model: extra-trees, "+size,
			"model: ensemble, params: {method: "+pick("average", "stack")+", of: [{model: boosting, "+size+"}, {model: random-forest, "+size+"}]}")
		categories := "onehot" // which leave nothing missing
		if strings.HasPrefix(with, "model: boosting") {
			categories = pick("onehot", "ordinal", "native", "target")
		}
		of := fmt.Sprintf("{target: %s, drop: [%s], derive: {d: '%s', e: '%s'}, numbers: {impute: %s, standardise: %s}, encode: {categories: %s, unknown: %s, missing: %s, drop_first: %s}, dates: [%s, %s]}",
			target, strings.Join(slices.DeleteFunc([]string{"price", "class", "two"}, func(s string) bool { return s == target }), ", "),
			strings.ReplaceAll(pick(formulas...), "'", "''"), strings.ReplaceAll(pick(formulas...), "'", "''"),
			pick("mean", "median", "most_frequent"), pick("true", "false"), categories, pick("ignore", "most_frequent"),
			pick("level", "most_frequent", "ignore"), pick("true", "false"), pick("year", "yearday", "week_cycle"), pick("month", "hour", "day_cycle"))
		if target == "price" {
			with += pick("", ", target: log", ", target: log1p, bounds: seen", ", interval: {level: 0.8}")
		} else {
			with += pick("", ", calibrate: temperature", ", interval: {level: 0.8}")
		}
		name := of + " " + with
		t.Run(fmt.Sprint(study), func(t *testing.T) {
			t.Log(name)
			agree(t, []*sample{{name: "rows", b: made(t, shop(seed, 120), of, "{"+with+"}"), rows: strange(shop(seed+1, 60))}})
		})
	}
}

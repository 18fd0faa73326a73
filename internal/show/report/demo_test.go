package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/plots"
	"labbook/internal/show/report"
)

// hostile is text that would run if any of it were not escaped.
const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`

// demo is a page that uses everything, with hostile text wherever data can put
// text.
func demo() *report.Page {
	started := time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	mae := func(v, low, high float64) metrics.Value {
		return metrics.Value{Name: "mae", Value: v, Low: &low, High: &high, Level: .95, Unit: "USD", Better: metrics.Lower}
	}
	r2 := func(v float64) metrics.Value { return metrics.Value{Name: "r2", Value: v, Better: metrics.Higher} }
	rows := []report.Standing{
		{Model: "train/boosting", Estimator: "boosting", Champion: true, Metrics: []metrics.Value{mae(263.4, 256.1, 271.9), r2(.9832)}},
		{Model: "train/log-linear", Estimator: "linear", Note: "behind by 298 USD (279 to 318)", Metrics: []metrics.Value{mae(561.5, 542, 583.9), r2(.9054)}},
		{Model: "train/linear", Estimator: "linear", Note: "behind by 497 USD (476 to 519)", Metrics: []metrics.Value{mae(760.7, 741, 779.6), r2(.9088)}},
	}
	cell := func(fill func(*notebook.Cell)) *notebook.Cell {
		var c notebook.Cell
		fill(&c)
		return &c
	}
	stages := []report.Stage{
		{
			Name: "load", Kind: "load", Status: record.Cached, Reason: "nothing it reads has changed", Ran: "20261120-091200-aaaa",
			Notes:       "Negative prices and stones without a size are typing errors; they are dropped, and counted: {{ rows of load }} rows stay.",
			Declaration: "load:\n  uses: load\n  with:\n    path: data/diamonds*.csv  # every export\n    columns:\n      carat:   {type: number, unit: ct, min: 0}\n    keep: price > 0 && x * y * z > 0\n",
			Metrics:     []metrics.Value{{Name: "rows", Value: 53917}, {Name: "dropped", Value: 23}, {Name: "duplicates", Value: 146}},
			Warnings:    []notebook.Finding{{Level: "warning", Text: "column " + hostile + " has values that are not numbers", Count: 3}},
			Key:         strings.Repeat("4f", 32), Output: strings.Repeat("9c", 32), KeyText: "kind load 1\nparam keep price > 0 && x * y * z > 0\nfile data/diamonds.csv sha256:…\n",
			Log: logOf("read 53,940 rows from data/diamonds.csv\ndropped 23 by keep\n"),
			Cell: cell(func(c *notebook.Cell) {
				c.Table(notebook.Table{
					Caption: "Columns", Columns: notebook.Columns("Column", "Type", "Missing", "Levels", "Example"),
					Rows: [][]notebook.Value{
						{notebook.Text("carat"), notebook.Text("number"), notebook.Count(0), {}, notebook.Numeral(0.23, 4).In("ct")},
						{notebook.Text("cut"), notebook.Text("category"), notebook.Count(1204).Of(53940), notebook.Count(5), notebook.Text(hostile)},
						{notebook.Text("price"), notebook.Text("number"), notebook.Count(0), {}, notebook.Numeral(326, 4).In(hostile)},
					},
				})
			}),
		},
		{
			Name: "explore", Kind: "explore", From: []string{"load"}, Status: record.Succeeded, Reason: "parameter group changed from [cut] to [cut, color]",
			Took: 1340 * time.Millisecond, CPU: 2 * time.Second, Memory: 84 << 20,
			Declaration: "explore:\n  uses: explore\n  from: load\n  with: {target: price, group: [cut, color, clarity]}\n",
			Cell: cell(func(c *notebook.Cell) {
				c.Findings(
					notebook.Finding{Level: "info", Text: "53,917 rows, 10 columns, nothing missing"},
					notebook.Finding{Level: "advice", Text: "price is right-skewed (1.62): consider target: log"},
				)
				c.Heading("Distributions")
				c.Gallery(picture("carat"), picture("depth"), drawn("price"))
				c.Figure(plots.Lines(plots.Frame{Title: "Learning curve " + hostile, Subtitle: hostile, X: "rows", Y: "MAE"},
					[]plots.Line{{Name: "boosting", X: []float64{1, 2, 3}, Y: []float64{9, 5, 4}, Dots: true}, {Name: hostile, X: []float64{1, 3}, Y: []float64{8, 7}}}, plots.Free, false))
				c.Fold("Descriptive statistics", func(c *notebook.Cell) {
					c.Table(notebook.Table{Columns: notebook.Columns("Column", "Mean", "Min", "Max"), Rows: [][]notebook.Value{
						{notebook.Text("carat"), notebook.Fixed(.798, 2).Spread(.474), notebook.Fixed(.2, 2), notebook.Fixed(5.01, 2)}}})
				})
				c.Markdown("# Raw " + hostile + "\n\n![pixel](http://example.com/p.png) and [a link](javascript:alert(1))\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n")
				code := "labbook why explore"
				c.Blocks = append(c.Blocks, notebook.Block{Code: &code})
			}),
		},
		{Name: "split", Kind: "split", From: []string{"load"}, Status: record.Cached, Reason: "nothing it reads has changed", Declaration: "split:\n  uses: split\n  from: load\n  with: {test: 0.2, seed: 42}\n"},
		{Name: "onehot", Kind: "features", From: []string{"split"}, Status: record.Cached},
		{Name: "ordinal", Kind: "features", From: []string{"split"}, Status: record.Cached},
		{Name: "train/linear", Kind: "train", From: []string{"onehot"}, Status: record.Cached},
		{Name: "train/log-linear", Kind: "train", From: []string{"onehot"}, Status: record.Cached},
		{Name: "train/boosting", Kind: "train", From: []string{"ordinal"}, Status: record.Succeeded, Took: 8400 * time.Millisecond, Reason: "parameter learning_rate changed from 0.3 to 0.1", Log: logOf(strings.Repeat("tree 1: loss 0.31\n", 300))},
		{Name: "evaluate", Kind: "evaluate", From: []string{"split", "train/linear", "train/log-linear", "train/boosting"}, Status: record.Succeeded, Took: 2100 * time.Millisecond,
			Metrics: []metrics.Value{mae(263.4, 256.1, 271.9), r2(.98), r2(.97), r2(.96), r2(.95), r2(.94), r2(.93)}},
		{Name: "register", Kind: "register", From: []string{"evaluate"}, Status: record.Failed, Took: 3 * time.Millisecond, Error: "register: the registry said no\nhint: " + hostile},
		{Name: "notify", Kind: "command", After: []string{"register"}, Status: record.Skipped, Reason: "register failed"},
	}
	history := &report.History{Model: "diamonds", Metric: "mae", Unit: "USD", Better: metrics.Lower}
	for i, v := range []float64{561.5, 402.2, 330.1, 334, 287.9, 263.4} {
		low, high := v*.965, v*1.035
		history.Points = append(history.Points, report.Point{
			Version: i + 1, Run: fmt.Sprintf("2026110%d-101500-k3f9", i+1), Created: started.AddDate(0, 0, i-8),
			Value: v, Low: &low, High: &high, Champion: i != 3, Standing: i == 5, Decision: "better than version 5 by 24.5 USD (21 to 28), beyond noise",
		})
	}
	return &report.Page{
		Pipeline: "diamonds", Title: "What is a diamond worth?",
		Notes: "Prices in 2008 US dollars. Fresh exports dropped next to the first one join the next run. The champion is off by **{{ mae of champion }}** on average.",
		Run: report.Run{
			ID: "20261121-223105-k3f9", Status: record.Succeeded, Started: started, Took: 12300 * time.Millisecond,
			Commit: "7b3653f0c4c4e6e1f1d7", Dirty: true, Host: "lovelace", Command: "labbook run diamonds",
			Params: []report.Pair{{Name: "seed", Value: "42"}}, Versions: []report.Pair{{Name: "labbook", Value: "0.1.0"}, {Name: "go", Value: "go1.26.8 linux/amd64"}},
		},
		Leaderboard: &report.Leaderboard{Stage: "evaluate", Primary: "mae", Rows: rows,
			Verdict: "train/boosting leads train/log-linear by 298 USD of MAE (279 to 318 at 95%): beyond noise."},
		History: history,
		Stages:  stages,
	}
}

func picture(name string) *notebook.Figure {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="#fff"/><path d="M20 180L120 60L300 150" fill="none" stroke="#2563EB" stroke-width="2"/><text x="20" y="24" font-family="sans-serif">` + name + `</text></svg>`
	return &notebook.Figure{Alt: "Histogram of " + name, Caption: name + " " + hostile, Picture: &notebook.Picture{Type: "svg", Data: []byte(svg), Width: 320, Height: 200}}
}

// drawn is a figure as data.
func drawn(name string) *notebook.Figure {
	return plots.Bars(plots.Frame{Title: name, X: "rows"}.Small(), []plots.Bar{{Name: "Ideal " + hostile, Value: 21551}, {Name: "Fair", Value: 1610}})
}

func render(p *report.Page) string {
	var out bytes.Buffer
	if err := report.Write(&out, p); err != nil {
		panic(err)
	}
	return out.String()
}

// logOf is the end of a log that says text.
func logOf(text string) report.Log {
	log, err := report.ReadLog(strings.NewReader(text))
	if err != nil {
		panic(err)
	}
	return log
}

package render_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/show/plots"
)

// gallery draws one of each chart from seeded data.
func gallery() []*notebook.Figure {
	r := rand.New(rand.NewPCG(1, 2))
	n := 20000
	x, y, e := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x[i] = math.Exp(r.NormFloat64()*.6 + 7.5)
		y[i] = x[i] * math.Exp(r.NormFloat64()*.12)
		e[i] = y[i] - x[i]
	}
	var groups []plots.Group
	for i, name := range []string{"Fair", "Good", "Very Good", "Premium <b>", "Ideal"} {
		groups = append(groups, plots.Group{Name: name, Values: x[i*3000 : i*3000+3000]})
	}
	var many []plots.Group
	for i := range 16 {
		many = append(many, plots.Group{Name: fmt.Sprintf("category %d", i), Values: x[i*200 : i*200+200]})
	}
	names := []string{"carat", "depth", "table", "x", "y", "z", "price"}
	corr := make([][]float64, len(names))
	for i := range corr {
		corr[i] = make([]float64, len(names))
		for j := range corr[i] {
			corr[i][j] = math.Cos(float64(i-j) * .7)
		}
	}
	labels := []string{".Net Developer", "Business Analyst", "Business Intelligence", "Help Desk and Support", "Informatica Developer", "Java Developer", "Network and System Administrator", "Oracle DBA", "Project Manager", "Quality Assurance", "SAP", "SQL Developer", "Sharepoint Developer", "Web Developer"}
	conf := &metrics.Confusion{Classes: labels}
	for i := range labels {
		row := make([]float64, len(labels))
		row[i] = 12 + float64(r.IntN(20))
		row[r.IntN(14)] += 3
		row[r.IntN(14)]++
		conf.Counts = append(conf.Counts, row)
	}
	score, lr, depth, sub := make([]float64, 100), make([]float64, 100), make([]float64, 100), make([]float64, 100)
	for i := range score {
		lr[i], depth[i], sub[i] = math.Pow(10, -r.Float64()*3), float64(3+r.IntN(7)), float64(r.IntN(3))
		score[i] = 300 + 50*math.Abs(math.Log10(lr[i])+1.5) + 10*math.Abs(depth[i]-6) + r.Float64()*20
	}
	dims := []plots.Dimension{{Name: "learning_rate", Values: lr, Log: true}, {Name: "max_depth", Values: depth}, {Name: "subsample", Values: sub, Levels: []string{"0.5", "0.7", "1.0"}}}
	curve := plots.Line{Name: "boosting", X: []float64{1000, 4000, 10000, 43000}, Y: []float64{420, 340, 290, 263}, Low: []float64{400, 330, 282, 258}, High: []float64{440, 350, 300, 268}, Dots: true}
	curve2 := plots.Line{Name: "linear", X: curve.X, Y: []float64{780, 765, 761, 760}, Dots: true}
	figs := []*notebook.Figure{
		plots.Histogram(plots.Frame{Title: "price", Subtitle: "53,940 values, none missing", X: "price (USD)", Y: "rows"}, x),
		plots.Histogram(plots.Frame{Title: "carat", X: "carat"}.Small(), e[:500]),
		plots.Groups(plots.Frame{Title: "price by cut", X: "price (USD)"}, groups),
		plots.Groups(plots.Frame{Title: "price by many", X: "price (USD)", LogX: true}, many),
		plots.Groups(plots.Frame{Title: "price by cut", X: "price (USD)", LogX: true}, groups),
		plots.Scatter(plots.Frame{Title: "Predicted against actual", Subtitle: "train/boosting on 20,000 rows", X: "actual price (USD)", Y: "predicted price (USD)"}, x, y, plots.Cloud{Diagonal: true}),
		plots.Scatter(plots.Frame{Title: "Residuals", X: "predicted price (USD)", Y: "actual − predicted (USD)"}, y, e, plots.Cloud{Zero: true, Trend: true}),
		plots.Scatter(plots.Frame{Title: "Few points", X: "x", Y: "y"}, x[:300], y[:300], plots.Cloud{}),
		plots.Scatter(plots.Frame{Title: "Log points", X: "x", Y: "y", LogX: true, LogY: true}.Small(), x[:1500], y[:1500], plots.Cloud{Trend: true}),
		plots.Bars(plots.Frame{Title: "Permutation importance", Subtitle: "how much MAE grows when a column is shuffled", X: "USD"}, []plots.Bar{{Name: "carat", Value: 2310, Low: 2280, High: 2350}, {Name: "clarity", Value: 620, Low: 600, High: 640}, {Name: "color", Value: 410, Low: 400, High: 430}, {Name: "a rather long column name indeed", Value: 30, Low: 20, High: 44}}),
		plots.Intervals(plots.Frame{Title: "Leaderboard by MAE", Subtitle: "95 % intervals over 1,000 resamples of the test rows", X: "MAE (USD)"}, []plots.Bar{{Name: "train/boosting", Value: 263, Low: 258, High: 268, Strong: true}, {Name: "train/log-linear", Value: 561, Low: 540, High: 580}, {Name: "train/linear", Value: 760, Low: 740, High: 780}}),
		plots.Columns(plots.Frame{Title: "Error by decile of price", X: "price from (USD)", Y: "mean absolute error (USD)"}, []plots.Bar{{Name: "326", Value: 40, Low: 38, High: 42}, {Name: "646", Value: 50}, {Name: "837", Value: 70}, {Name: "1,087", Value: 90}, {Name: "1,698", Value: 160}, {Name: "2,401", Value: 240, Low: 210, High: 260}, {Name: "3,465", Value: 300}}),
		plots.Lines(plots.Frame{Title: "Learning curve", X: "training rows", Y: "MAE (USD)", LogX: true}, []plots.Line{curve, curve2}, plots.Free, false),
		plots.Lines(plots.Frame{Title: "Calibration", X: "confidence", Y: "share right"}, []plots.Line{{Name: "boosting", X: []float64{.2, .4, .6, .8, 1}, Y: []float64{.25, .38, .61, .75, .97}, Dots: true}}, plots.Unit, true),
		plots.Lines(plots.Frame{Title: "price along cut, by carat", X: "cut", Y: "median price (USD)", LogY: true, LevelsX: []string{"Fair", "Good", "Very <b>Good", "Premium", "Ideal"}}.Half(), []plots.Line{
			{Name: "carat 0.2 to 0.5", X: []float64{0, 1, 2, 3, 4}, Y: []float64{600, 650, math.NaN(), 720, 760}, Dots: true},
			{Name: "all rows", X: []float64{0, 1, 2, 3, 4}, Y: []float64{3300, 3000, 2600, 3100, 1800}, Dots: true, Total: true}}, plots.Free, false),
		plots.Versions("MAE over the versions", []plots.Version{
			version(1, 260, 250, 270, "a", true, false), version(2, 330, 300, 350, "b", true, false), version(3, 325, 297, 345, "b", false, false),
			version(4, 290, 280, 300, "a", false, false), version(5, 300, 300, 300, "b", false, true)}),
		plots.History(plots.Frame{Title: "Search", X: "trial", Y: "MAE (USD)"}, score, true),
		plots.Correlations(plots.Frame{Title: "Correlation of numbers", Subtitle: "Pearson's r"}, names, corr),
		plots.ConfusionMatrix(plots.Frame{Title: "Confusion matrix", Subtitle: "rows are the true classes", X: "predicted"}, conf),
		plots.Parallel(plots.Frame{Title: "Trials"}, dims, score, true),
	}
	return append(figs, plots.Slices(plots.Frame{Y: "MAE (USD)"}, dims, score)...)
}

func version(n int, mae, low, high float64, rows string, champion, standing bool) plots.Version {
	return plots.Version{Number: n, Value: metrics.Value{Name: "mae", Value: mae, Low: &low, High: &high, Unit: "USD"}, Rows: rows, Champion: champion, Standing: standing}
}

package plots

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
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
	var groups []Group
	for i, name := range []string{"Fair", "Good", "Very Good", "Premium <b>", "Ideal"} {
		groups = append(groups, Group{name, x[i*3000 : i*3000+3000]})
	}
	var many []Group
	for i := range 16 {
		many = append(many, Group{fmt.Sprintf("category %d", i), x[i*200 : i*200+200]})
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
	dims := []Dimension{{Name: "learning_rate", Values: lr, Log: true}, {Name: "max_depth", Values: depth}, {Name: "subsample", Values: sub, Levels: []string{"0.5", "0.7", "1.0"}}}
	curve := Line{Name: "boosting", X: []float64{1000, 4000, 10000, 43000}, Y: []float64{420, 340, 290, 263}, Low: []float64{400, 330, 282, 258}, High: []float64{440, 350, 300, 268}, Dots: true}
	curve2 := Line{Name: "linear", X: curve.X, Y: []float64{780, 765, 761, 760}, Dots: true}
	figs := []*notebook.Figure{
		Histogram(Frame{Title: "price", Subtitle: "53,940 values, none missing", X: "price (USD)", Y: "rows"}, x),
		Histogram(Frame{Title: "carat", X: "carat"}.Small(), e[:500]),
		Groups(Frame{Title: "price by cut", X: "price (USD)"}, groups),
		Groups(Frame{Title: "price by many", X: "price (USD)", LogX: true}, many),
		Groups(Frame{Title: "price by cut", X: "price (USD)", LogX: true}, groups),
		Scatter(Frame{Title: "Predicted against actual", Subtitle: "train/boosting on 20,000 rows", X: "actual price (USD)", Y: "predicted price (USD)"}, x, y, Cloud{Diagonal: true}),
		Scatter(Frame{Title: "Residuals", X: "predicted price (USD)", Y: "actual − predicted (USD)"}, y, e, Cloud{Zero: true, Trend: true}),
		Scatter(Frame{Title: "Few points", X: "x", Y: "y"}, x[:300], y[:300], Cloud{}),
		Scatter(Frame{Title: "Log points", X: "x", Y: "y", LogX: true, LogY: true}.Small(), x[:1500], y[:1500], Cloud{Trend: true}),
		Bars(Frame{Title: "Permutation importance", Subtitle: "how much MAE grows when a column is shuffled", X: "USD"}, []Bar{{Name: "carat", Value: 2310, Low: 2280, High: 2350}, {Name: "clarity", Value: 620, Low: 600, High: 640}, {Name: "color", Value: 410, Low: 400, High: 430}, {Name: "a rather long column name indeed", Value: 30, Low: 20, High: 44}}),
		Intervals(Frame{Title: "Leaderboard by MAE", Subtitle: "95 % intervals over 1,000 resamples of the test rows", X: "MAE (USD)"}, []Bar{{Name: "train/boosting", Value: 263, Low: 258, High: 268, Strong: true, Note: "263"}, {Name: "train/log-linear", Value: 561, Low: 540, High: 580}, {Name: "train/linear", Value: 760, Low: 740, High: 780}}),
		Columns(Frame{Title: "Error by decile of price", X: "price from (USD)", Y: "mean absolute error (USD)"}, []Bar{{Name: "326", Value: 40, Low: 38, High: 42}, {Name: "646", Value: 50}, {Name: "837", Value: 70}, {Name: "1,087", Value: 90}, {Name: "1,698", Value: 160}, {Name: "2,401", Value: 240, Low: 210, High: 260}, {Name: "3,465", Value: 300}}),
		Lines(Frame{Title: "Learning curve", X: "training rows", Y: "MAE (USD)", LogX: true}, []Line{curve, curve2}, Free, false),
		Lines(Frame{Title: "Calibration", X: "confidence", Y: "share right"}, []Line{{Name: "boosting", X: []float64{.2, .4, .6, .8, 1}, Y: []float64{.25, .38, .61, .75, .97}, Dots: true}}, Unit, true),
		Versions(Frame{Title: "MAE over the versions", Subtitle: "a line joins what was judged on the test rows of the last", X: "version", Y: "MAE"}, []Version{
			{Number: 1, Value: 260, Low: 250, High: 270, Champion: true}, {Number: 2, Value: 330, Low: 300, High: 350, Champion: true, Alike: true},
			{Number: 3, Value: 325, Low: 297, High: 345, Alike: true}, {Number: 4, Value: 290, Low: 280, High: 300}, {Number: 5, Value: 300, Low: 300, High: 300, Alike: true}}),
		History(Frame{Title: "Search", X: "trial", Y: "MAE (USD)"}, score, true),
		Correlations(Frame{Title: "Correlation of numbers", Subtitle: "Pearson's r"}, names, corr),
		ConfusionMatrix(Frame{Title: "Confusion matrix", Subtitle: "rows are the true classes", X: "predicted"}, conf),
		Parallel(Frame{Title: "Trials"}, dims, score, true),
	}
	return append(figs, Slices(Frame{Y: "MAE (USD)"}, dims, score)...)
}

func TestLook(t *testing.T) {
	dir := os.Getenv("LABBOOK_LOOK")
	if dir == "" {
		t.Skip("set LABBOOK_LOOK to a folder to look at one of each chart")
	}
	start := time.Now()
	page := "<body style='background:#ddd'>"
	for i, f := range gallery() {
		t.Logf("%2d %6d bytes %s", i, len(f.Data), f.Alt)
		page += fmt.Sprintf("<div style='display:inline-block;margin:4px;vertical-align:top'>%s</div>", f.Data)
	}
	t.Log(time.Since(start))
	if err := os.WriteFile(dir+"/look.html", []byte(page), 0o666); err != nil {
		t.Fatal(err)
	}
}

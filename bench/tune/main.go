// Command tune searches for the parameters of models/boosting as the reference
// assignment's notebook does with Optuna and XGBoost: 100 trials over its
// space, judged by the MAE on a fifth of the training part. It prints seconds
// and errors as JSON. compare.py runs it beside the peers.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/learn/tune"
	"labbook/models/boosting"
	"labbook/models/estimator"
)

// space is the notebook's.
var space = tune.Space{
	{Name: "alpha", Scale: tune.Log, Low: 1e-8, High: 1},
	{Name: "colsample_bytree", Scale: tune.Choose, Choices: []string{"0.3", "0.4", "0.5", "0.7"}},
	{Name: "lambda", Scale: tune.Log, Low: 1e-8, High: 1},
	{Name: "learning_rate", Scale: tune.Log, Low: 1e-8, High: 1},
	{Name: "max_depth", Scale: tune.Int, Low: 3, High: 9},
	{Name: "min_child_weight", Scale: tune.Int, Low: 1, High: 10},
	{Name: "n_estimators", Scale: tune.Int, Low: 100, High: 1000},
	{Name: "subsample", Scale: tune.Choose, Choices: []string{"0.5", "0.6", "0.7", "0.8", "0.9", "1.0"}},
}

func main() {
	folder := flag.String("data", "", "folder with the matrices fit, valid, train and test that compare.py wrote")
	trials := flag.Int("trials", 100, "trials of the search")
	cores := flag.Int("cores", 1, "trials that run at once")
	prune := flag.Bool("prune", false, "cut trials short by the median rule")
	seed := flag.Uint64("seed", 1, "seed of the search and the fits")
	flag.Parse()
	if err := run(*folder, *trials, *cores, *prune, *seed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what compare.py reads.
type result struct {
	Search float64 `json:"search"` // seconds of all trials
	Valid  float64 `json:"valid"`  // MAE of the best one
	Test   float64 `json:"test"`   // MAE of its parameters, fitted to the whole training part
	Pruned int     `json:"pruned"` // trials
}

func run(folder string, trials, cores int, prune bool, seed uint64) error {
	parts := map[string]*estimator.Data{}
	for _, name := range []string{"fit", "valid", "train", "test"} {
		d, err := read(folder + "/" + name)
		if err != nil {
			return err
		}
		parts[name] = d
	}
	start := time.Now()
	spec := boosting.Spec()
	fit, valid := *parts["fit"], parts["valid"]
	fit.Prepared = spec.Prepare(spec.Params(), fit.X)
	study := tune.Study{Space: space, Sampler: tune.TPE{}, Trials: trials, Lag: cores, Cores: cores, Seed: seed}
	if prune {
		study.Pruner = tune.Median{Warmup: 30}
	}
	at := func(point tune.Point) (any, error) {
		p := spec.Params()
		for i, value := range point {
			if err := params.Set(p, space[i].Name, value); err != nil {
				return nil, err
			}
		}
		return p, nil
	}
	done, err := study.Run(context.Background(), func(ctx context.Context, point tune.Point, report func(float64) bool) (float64, error) {
		p, err := at(point)
		if err != nil {
			return 0, err
		}
		data, opt := fit, estimator.Options{Seed: seed, Cores: 1}
		if prune {
			data.Valid, opt.Score = valid, func(_ int, loss float64) bool { return report(loss) }
		}
		m, err := spec.Fit(ctx, p, &data, opt)
		if err != nil {
			return 0, err
		}
		return mae(m, valid), nil
	})
	if err != nil {
		return err
	}
	r := result{Search: time.Since(start).Seconds()}
	for _, t := range done {
		if t.State == tune.Pruned {
			r.Pruned++
		}
	}
	best := study.Best(done)
	r.Valid = best.Score
	p, err := at(best.Point)
	if err != nil {
		return err
	}
	m, err := spec.Fit(context.Background(), p, parts["train"], estimator.Options{Seed: seed, Cores: cores})
	if err != nil {
		return err
	}
	r.Test = mae(m, parts["test"])
	return json.NewEncoder(os.Stdout).Encode(r)
}

func mae(m estimator.Model, d *estimator.Data) float64 {
	out := make([]float64, d.X.Rows)
	m.Predict(out, d.X)
	sum := 0.0
	for i, v := range out {
		sum += math.Abs(v - d.Y[i])
	}
	return sum / float64(len(out))
}

// read reads a matrix: rows and columns as uint64, then X and y as float64.
func read(file string) (*estimator.Data, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	rows, cols := int(number(0)), int(number(1))
	values := make([]float64, rows*cols+rows)
	for i := range values {
		values[i] = math.Float64frombits(number(2 + i))
	}
	names := make([]string, cols)
	for j := range names {
		names[j] = strconv.Itoa(j)
	}
	return &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: names, Dense: values[:rows*cols]}, Y: values[rows*cols:]}, nil
}

// Command boosting measures the fit and the predictions of models/boosting on
// a matrix that compare.py wrote, with the parameters of one of its cases, and
// prints the seconds as JSON. compare.py runs it beside XGBoost.
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
	"strings"
	"time"

	"labbook/internal/matrix"
	"labbook/models/boosting"
	"labbook/models/estimator"
)

func main() {
	train := flag.String("train", "", "matrix to fit: rows and columns as uint64, then X and y as float64")
	test := flag.String("test", "", "matrix to predict")
	params := flag.String("params", "{}", "parameters as JSON, by their Go names")
	cores := flag.Int("cores", 1, "goroutines of the fit")
	flag.Parse()
	if err := run(*train, *test, *params, *cores); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what compare.py reads.
type result struct {
	Fit     float64 `json:"fit"`     // seconds
	Predict float64 `json:"predict"` // seconds for all rows of test
	Row     float64 `json:"row"`     // seconds for one row
	MAE     float64 `json:"mae"`
	Peak    float64 `json:"peak"` // resident memory, MB
}

func run(trainFile, testFile, params string, cores int) error {
	train, err := read(trainFile)
	if err != nil {
		return err
	}
	test, err := read(testFile)
	if err != nil {
		return err
	}
	spec := boosting.Spec()
	p := spec.Params()
	if err := json.Unmarshal([]byte(params), p); err != nil {
		return err
	}
	var r result
	start := time.Now()
	m, err := spec.Fit(context.Background(), p, train, estimator.Options{Cores: cores})
	if err != nil {
		return err
	}
	r.Fit = time.Since(start).Seconds()
	r.Peak = peak()
	out := make([]float64, test.X.Rows)
	r.Predict = math.Inf(1)
	for range 3 {
		start = time.Now()
		m.Predict(out, test.X)
		r.Predict = min(r.Predict, time.Since(start).Seconds())
	}
	for i, v := range out {
		r.MAE += math.Abs(v-test.Y[i]) / float64(len(out))
	}
	one := m.(*boosting.Model)
	n := min(test.X.Rows, 1000)
	start = time.Now()
	for i := range n {
		one.PredictRow(out[:1], test.X.Row(i))
	}
	r.Row = time.Since(start).Seconds() / float64(n)
	return json.NewEncoder(os.Stdout).Encode(r)
}

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

// peak is the process's largest resident memory so far in MB, as Linux says.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			return n / 1024
		}
	}
	return 0
}

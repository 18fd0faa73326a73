// Command boosting measures the fit and the predictions of models/boosting on
// a matrix that compare.py wrote, with the parameters of one of its cases, and
// prints the seconds as JSON. compare.py runs it beside XGBoost.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"labbook/internal/data/matrix"
	"labbook/models/boosting"
	"labbook/models/estimator"
)

func main() {
	train := flag.String("train", "", "matrix to fit: rows and columns as uint64, then X and y as float64")
	test := flag.String("test", "", "matrix to predict")
	params := flag.String("params", "{}", "parameters as JSON, by their Go names")
	cores := flag.Int("cores", 1, "goroutines of the fit")
	seed := flag.Uint64("seed", 0, "seed of the fit")
	flag.Parse()
	if err := run(*train, *test, *params, estimator.Options{Cores: *cores, Seed: *seed}); err != nil {
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
	Memory  float64 `json:"memory"` // MB that fitting took at most, beyond the data
}

func run(trainFile, testFile, params string, opt estimator.Options) error {
	train, err := read(trainFile)
	if err != nil {
		return err
	}
	spec := boosting.Spec()
	p := spec.Params()
	if err := json.Unmarshal([]byte(params), p); err != nil {
		return err
	}
	var r result
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // VmHWM starts again
		return err
	}
	before := resident("VmRSS:")
	start := time.Now()
	m, err := spec.Fit(context.Background(), p, train, opt)
	if err != nil {
		return err
	}
	r.Fit = time.Since(start).Seconds()
	r.Memory = resident("VmHWM:") - before
	test, err := read(testFile)
	if err != nil {
		return err
	}
	out := make([]float64, test.X.Rows)
	r.Predict = math.Inf(1)
	for range 5 {
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

func read(path string) (*estimator.Data, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := bufio.NewReader(file)
	var shape [2]uint64
	if err := binary.Read(r, binary.LittleEndian, &shape); err != nil {
		return nil, err
	}
	rows, cols := int(shape[0]), int(shape[1])
	x, err := floats(r, rows*cols)
	if err != nil {
		return nil, err
	}
	y, err := floats(r, rows)
	if err != nil {
		return nil, err
	}
	names := make([]string, cols)
	for j := range names {
		names[j] = strconv.Itoa(j)
	}
	return &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: names, Dense: x}, Y: y}, nil
}

// floats reads n numbers.
func floats(r io.Reader, n int) ([]float64, error) {
	values := make([]float64, n)
	var b [8]byte
	for i := range values {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, err
		}
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
	}
	return values, nil
}

// resident is a number of the process's memory in MB, as Linux says: VmRSS
// now, VmHWM at most.
func resident(what string) float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, what); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			return n / 1024
		}
	}
	return 0
}

// Command boosting measures the fit and the predictions of models/boosting on
// a matrix that compare.py wrote, with the parameters of one of its cases, and
// prints the seconds as JSON: of the processor with one goroutine, else of the
// clock. compare.py runs it beside its peers.
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
	"syscall"
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
	classes := flag.Int("classes", 0, "classes that y has the numbers of; 0 for numbers")
	flag.Parse()
	if err := run(*train, *test, *params, *classes, estimator.Options{Cores: *cores, Seed: *seed}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what compare.py reads.
type result struct {
	Fit     float64 `json:"fit"`     // seconds
	Predict float64 `json:"predict"` // seconds for all rows of test
	Row     float64 `json:"row"`     // seconds for one row
	Loss    float64 `json:"loss"`    // mean absolute error, or log loss
	Memory  float64 `json:"memory"`  // MB that fitting took at most, beyond the data
}

func run(trainFile, testFile, params string, classes int, opt estimator.Options) error {
	train, err := read(trainFile, classes)
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
	seconds := clock(opt.Cores)
	start := seconds()
	m, err := spec.Fit(context.Background(), p, train, opt)
	if err != nil {
		return err
	}
	r.Fit = seconds() - start
	r.Memory = resident("VmHWM:") - before
	test, err := read(testFile, classes)
	if err != nil {
		return err
	}
	outputs := m.Outputs()
	out := make([]float64, test.X.Rows*outputs)
	r.Predict = math.Inf(1)
	for range 5 {
		start = seconds()
		m.Predict(out, test.X)
		r.Predict = min(r.Predict, seconds()-start)
	}
	for i, y := range test.Y {
		loss := math.Abs(out[i*outputs] - y)
		if classes > 0 {
			loss = -math.Log(out[i*outputs+int(y)])
		}
		r.Loss += loss / float64(len(test.Y))
	}
	one := m.(*boosting.Model)
	n := min(test.X.Rows, 1000)
	start = seconds()
	for i := range n {
		one.PredictRow(out[:outputs], test.X.Row(i))
	}
	r.Row = (seconds() - start) / float64(n)
	return json.NewEncoder(os.Stdout).Encode(r)
}

// clock gives the seconds that the process has computed, or, with more cores,
// those that have gone by.
func clock(cores int) func() float64 {
	if cores > 1 {
		start := time.Now()
		return func() float64 { return time.Since(start).Seconds() }
	}
	return func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	}
}

func read(path string, classes int) (*estimator.Data, error) {
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
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: names, Dense: x}, Y: y}
	for k := range classes {
		d.Classes = append(d.Classes, strconv.Itoa(k))
	}
	return d, nil
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

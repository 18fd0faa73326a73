// Command learners measures the fit and the predictions of an estimator on a
// matrix that compare.py wrote, and prints them as JSON: seconds of the
// processor with one goroutine, else of the clock. compare.py runs it beside
// scikit-learn.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/models"
	"labbook/models/estimator"
)

func main() {
	train := flag.String("train", "", "matrix to fit, as the features kind writes it")
	test := flag.String("test", "", "matrix to predict")
	model := flag.String("model", "linear", "estimator")
	text := flag.String("params", "{}", "its parameters, as in a pipeline")
	cores := flag.Int("cores", 1, "goroutines of the fit")
	flag.Parse()
	if err := run(*train, *test, *model, *text, estimator.Options{Cores: *cores, Seed: 1}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what compare.py reads.
type result struct {
	Fit     float64 `json:"fit"`     // seconds
	Predict float64 `json:"predict"` // seconds for all rows of test
	Loss    float64 `json:"loss"`    // on test: mean absolute error, or log loss
	Memory  float64 `json:"memory"`  // MB that fitting took at most, beyond the data
}

func run(trainFile, testFile, model, text string, opt estimator.Options) error {
	spec := models.Lookup(model)
	if spec == nil {
		return fmt.Errorf("there is no model %s", model)
	}
	p := spec.Params()
	if err := params.DecodeString(text, p); err != nil {
		return err
	}
	train, err := read(trainFile)
	if err != nil {
		return err
	}
	test, err := read(testFile)
	if err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // VmHWM starts again
		return err
	}
	var r result
	before := resident("VmRSS:")
	seconds := clock(opt.Cores)
	start := seconds()
	m, err := spec.Fit(context.Background(), p, train, opt)
	if err != nil {
		return err
	}
	r.Fit = seconds() - start
	r.Memory = resident("VmHWM:") - before
	out := make([]float64, test.X.Rows*m.Outputs())
	start = seconds()
	m.Predict(out, test.X)
	r.Predict = seconds() - start
	r.Loss = loss(out, test, m.Outputs())
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

func read(path string) (*estimator.Data, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l, err := matrix.DecodeLabelled(data)
	if err != nil {
		return nil, err
	}
	return &estimator.Data{X: l.X, Y: l.Y, Classes: l.Classes}, nil
}

// loss is the mean absolute error, or the log loss with probabilities of at
// least 1e-15.
func loss(out []float64, test *estimator.Data, outputs int) float64 {
	sum := 0.0
	for i, y := range test.Y {
		if test.Classes == nil {
			sum += math.Abs(out[i] - y)
		} else {
			sum -= math.Log(max(1e-15, out[i*outputs+int(y)]))
		}
	}
	return sum / float64(len(test.Y))
}

// resident is a number of the process's memory in MB, as Linux says: VmRSS
// now, VmHWM at most.
func resident(what string) float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, what); ok {
			var n float64
			fmt.Sscan(kb, &n)
			return n / 1024
		}
	}
	return 0
}

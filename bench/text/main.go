// Text measures text classification against scikit-learn side by side: the
// same text, settings and split, vectorize + fit + predict, in turn on the same
// machine in one run.
//
//	go run ./bench/text [-n 5] [-cores 2] CORPUS.csv[.gz] …
//
// A corpus is a CSV with the columns resume (or text) and label; the word
// "short" stands for 20,000 generated short documents with 10 labels, "shipped"
// for the corpus of the resumes pipeline.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"labbook/internal/data/matrix"
	"labbook/internal/learn/text"
	"labbook/models/bayes"
	"labbook/models/estimator"
	"labbook/models/logistic"
	"labbook/models/svm"
)

// setting is one way of classifying, done alike on both sides.
type setting struct {
	name   string
	text   func(*text.Options)
	spec   estimator.Spec
	params any
}

func settings() []setting {
	uncalibrated := svm.Spec().Params().(*svm.Params)
	uncalibrated.Calibrate = 0 // as LinearSVC
	return []setting{
		{"counts + naive Bayes", func(o *text.Options) { o.Weight = "count" }, bayes.Multinomial(), bayes.Multinomial().Params()},
		{"TF-IDF(1,2) + linear SVM", func(o *text.Options) { o.NGrams = []int{1, 2} }, svm.Spec(), uncalibrated},
		{"TF-IDF + logistic regression", func(*text.Options) {}, logistic.Spec(), logistic.Spec().Params()},
	}
}

// outcome is what one side reports of one run.
type outcome struct {
	Seconds   float64 `json:"seconds"`
	Vectorize float64 `json:"vectorize"`
	Fit       float64 `json:"fit"`
	Accuracy  float64 `json:"accuracy"`
	F1        float64 `json:"f1"`
}

func main() {
	n := flag.Int("n", 5, "runs of each side; the median is printed")
	cores := flag.Int("cores", 2, "cores for labbook; scikit-learn uses one")
	python := flag.String("python", "/usr/bin/python3", "a Python with scikit-learn")
	flag.Parse()
	for _, corpus := range flag.Args() {
		if err := compare(corpus, *n, *cores, *python); err != nil {
			fmt.Fprintln(os.Stderr, "bench/text:", err)
			os.Exit(1)
		}
	}
}

func compare(corpus string, n, cores int, python string) error {
	train, test, err := load(corpus)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-text")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files := []string{filepath.Join(dir, "train.json"), filepath.Join(dir, "test.json")}
	for i, d := range []*documents{train, test} {
		data, _ := json.Marshal(d)
		if err := os.WriteFile(files[i], data, 0o666); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d + %d documents, %d labels\n", filepath.Base(corpus), len(train.Texts), len(test.Texts), len(train.classes()))
	for _, s := range settings() {
		var ours, theirs []outcome
		for range n {
			o, err := run(s, train, test, cores)
			if err != nil {
				return err
			}
			ours = append(ours, o)
			p, err := peer(python, append(files, s.name))
			if err != nil {
				return err
			}
			theirs = append(theirs, p)
		}
		a, b := median(ours), median(theirs)
		fmt.Printf("  %-30s labbook %7.3f s (%.3f + %.3f) F1 %.4f | scikit-learn %7.3f s (%.3f + %.3f) F1 %.4f | %.1f times as fast\n",
			s.name, a.Seconds, a.Vectorize, a.Fit, a.F1, b.Seconds, b.Vectorize, b.Fit, b.F1, b.Seconds/a.Seconds)
	}
	return nil
}

func run(s setting, train, test *documents, cores int) (outcome, error) {
	o := text.Default()
	s.text(&o)
	classes := train.classes()
	y := make([]float64, len(train.Labels))
	for i, l := range train.Labels {
		y[i] = float64(slices.Index(classes, l))
	}
	start := time.Now()
	v, x, err := text.Fit(train.Texts, o, cores)
	if err != nil {
		return outcome{}, err
	}
	vectorized := time.Now()
	data := &estimator.Data{X: &matrix.Matrix{Rows: len(y), Cols: v.Cols(), Sparse: x}, Y: y, Classes: classes}
	m, err := s.spec.Fit(context.Background(), s.params, data, estimator.Options{Seed: 42, Cores: cores})
	if err != nil {
		return outcome{}, err
	}
	fitted := time.Now()
	probabilities := make([]float64, len(test.Texts)*m.Outputs())
	m.Predict(probabilities, &matrix.Matrix{Rows: len(test.Texts), Cols: v.Cols(), Sparse: v.Transform(test.Texts, cores)})
	end := time.Now()
	out := outcome{Seconds: end.Sub(start).Seconds(), Vectorize: vectorized.Sub(start).Seconds(), Fit: fitted.Sub(vectorized).Seconds()}
	out.Accuracy, out.F1 = score(classes, test.Labels, probabilities)
	return out, nil
}

func peer(python string, args []string) (outcome, error) {
	cmd := exec.Command(python, append([]string{"bench/text/peer.py"}, args...)...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	data, err := cmd.Output()
	var o outcome
	if err == nil {
		err = json.Unmarshal(data, &o)
	}
	return o, err
}

func median(runs []outcome) outcome {
	slices.SortFunc(runs, func(a, b outcome) int {
		if a.Seconds < b.Seconds {
			return -1
		}
		return 1
	})
	return runs[len(runs)/2]
}

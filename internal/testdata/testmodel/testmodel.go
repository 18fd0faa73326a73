// Package testmodel is the programs of a model of others, for tests: what fits and
// what predicts, as one would write them in Python, and how they fail.
package testmodel

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"labbook/internal/data/table"
)

// Name is what the program is called in PATH.
const Name = "testmodel"

// Params are the parameters of the model command that run it.
const Params = "{fit: [testmodel, fit], predict: [testmodel, predict], version: [testmodel, version]}"

// Main is the program: `testmodel fit`, `testmodel predict`, `testmodel version`, or
// `testmodel HOW`, which predicts as fails says.
func Main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "testmodel:", err)
		os.Exit(1)
	}
}

func run(what string) error {
	switch what {
	case "version":
		_, err := fmt.Println("testmodel 1")
		return err
	case "fit":
		return fit()
	case "fit-nothing":
		return nil
	}
	return predict(what)
}

// job is job.json.
type job struct {
	Task    string
	Classes []string
	Options map[string]any
}

// model is what is learned: the mean and the spread of each column, and for a number
// how the target goes with it, for classes where each lies.
type model struct {
	Mean, Spread []float64
	Base         float64
	Slope        []float64
	Centre       [][]float64 // of each class
	Share        []float64
}

func fit() error {
	var j job
	x, err := table.ReadFile(os.Getenv("LABBOOK_TRAIN"))
	if err != nil {
		return err
	}
	known, err := table.ReadFile(os.Getenv("LABBOOK_TARGET"))
	if err != nil {
		return err
	}
	if err := readJSON(os.Getenv("LABBOOK_JOB"), &j); err != nil {
		return err
	}
	if progress := os.NewFile(3, "progress"); progress != nil {
		fmt.Fprintln(progress, `{"fraction": 0.5}`)
	}
	m := learn(&j, x, known)
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv("LABBOOK_MODEL"), "model.json"), data, 0o666)
}

// learn takes each column by itself, which no reference would do.
func learn(j *job, x, known *table.Table) *model {
	m := &model{}
	y, rows := known.Column("target"), x.Rows()
	weight := func(i int) float64 {
		if w := known.Column("weight"); w != nil {
			return w.Num[i]
		}
		return 1
	}
	total := 0.0
	for i := range rows {
		total += weight(i)
	}
	m.Share, m.Centre = make([]float64, len(j.Classes)), make([][]float64, len(j.Classes))
	for i := range rows {
		if len(j.Classes) > 0 {
			m.Share[y.Codes[i]] += weight(i)
		} else {
			m.Base += weight(i) * y.Num[i] / total
		}
	}
	for k := range m.Centre {
		m.Centre[k] = make([]float64, len(x.Columns))
	}
	for c, column := range x.Columns {
		mean, spread, n := 0.0, 0.0, 0.0
		for i := range rows {
			if v := value(column, i); !math.IsNaN(v) {
				n++
				mean += (v - mean) / n
			}
		}
		for i := range rows {
			if v := value(column, i); !math.IsNaN(v) {
				spread += (v - mean) * (v - mean) / math.Max(n, 1)
			}
		}
		m.Mean, m.Spread = append(m.Mean, mean), append(m.Spread, math.Sqrt(spread))
		slope := 0.0
		for i := range rows {
			z := m.scaled(column, c, i)
			if len(j.Classes) > 0 {
				m.Centre[y.Codes[i]][c] += z * weight(i) / m.Share[y.Codes[i]]
			} else {
				slope += z * (y.Num[i] - m.Base) * weight(i) / total
			}
		}
		m.Slope = append(m.Slope, slope)
	}
	if shrink, ok := j.Options["shrink"].(float64); ok {
		for c := range m.Slope {
			m.Slope[c] *= shrink
		}
	}
	return m
}

// value gives a number, or the number of a level; NaN where there is none.
func value(c *table.Column, i int) float64 {
	switch {
	case c.IsMissing(i):
		return math.NaN()
	case c.Type == table.Category:
		return float64(c.Codes[i])
	}
	return c.Num[i]
}

func (m *model) scaled(column *table.Column, c, i int) float64 {
	v := value(column, i)
	if math.IsNaN(v) || m.Spread[c] == 0 {
		return 0
	}
	return (v - m.Mean[c]) / m.Spread[c]
}

// answer predicts the rows of a batch.
func (m *model) answer(j *job, x *table.Table) *table.Table {
	if len(j.Classes) == 0 {
		out := &table.Column{Field: table.Field{Name: "prediction", Type: table.Number}, Num: make([]float64, x.Rows())}
		for i := range out.Num {
			out.Num[i] = m.Base
			for c, column := range x.Columns {
				out.Num[i] += m.Slope[c] * m.scaled(column, c, i)
			}
		}
		return table.New(out)
	}
	columns := make([]*table.Column, len(j.Classes))
	for k, class := range j.Classes {
		columns[k] = &table.Column{Field: table.Field{Name: class, Type: table.Number}, Num: make([]float64, x.Rows())}
	}
	for i := range x.Rows() {
		sum := 0.0
		for k := range columns {
			distance := 0.0
			for c, column := range x.Columns {
				d := m.scaled(column, c, i) - m.Centre[k][c]
				distance += d * d
			}
			columns[k].Num[i] = math.Exp(-distance/2) * m.Share[k]
			sum += columns[k].Num[i]
		}
		for k := range columns {
			if columns[k].Num[i] /= sum; sum == 0 {
				columns[k].Num[i] = 1 / float64(len(columns))
			}
		}
	}
	return table.New(columns...)
}

// predict answers batch by batch, until its input ends; how says in what way it
// fails, if it does.
func predict(how string) error {
	var j job
	var m model
	if err := readJSON(os.Getenv("LABBOOK_JOB"), &j); err != nil {
		return err
	}
	if err := readJSON(filepath.Join(os.Getenv("LABBOOK_MODEL"), "model.json"), &m); err != nil {
		return err
	}
	in, out := table.NewReader(os.Stdin, 1<<30), (*table.Stream)(nil)
	for {
		x, err := in.Next()
		if err != nil {
			return nil // its end
		}
		said := m.answer(&j, x)
		// The tryout of a model is passed; an option says of how many rows it fails.
		if rows, ok := j.Options["rows"].(float64); ok && x.Rows() == int(rows) || !ok && x.Rows() > 1 {
			if said, err = fail(how, said); err != nil {
				return err
			}
		}
		if out == nil {
			if out, err = table.NewStream(os.Stdout, said); err != nil {
				return err
			}
		}
		if err := out.Write(said); err != nil {
			return err
		}
	}
}

// fail does what a program does that fails.
func fail(how string, said *table.Table) (*table.Table, error) {
	switch how {
	case "rubbish":
		fmt.Println("Loading the model, this may take a while")
	case "few":
		return said.Slice(0, said.Rows()-1), nil
	case "hang":
		fmt.Fprintln(os.Stderr, "waiting for a lock")
		time.Sleep(time.Hour)
	case "eat":
		for kept := [][]byte(nil); len(kept) < 1<<20; {
			b := make([]byte, 64<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	case "exit":
		return nil, fmt.Errorf("the licence has ended")
	case "impossible":
		for i := range said.Columns[0].Num {
			said.Columns[0].Num[i] = 7
		}
	case "other":
		c := *said.Columns[0]
		c.Name = "something else"
		return table.New(append([]*table.Column{&c}, said.Columns...)...), nil
	}
	return said, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

package external

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/program"
	"labbook/internal/data/table"
	"labbook/models/estimator"
)

// starting is how much longer than another the first answer of a process may take.
const starting = time.Minute

// process is a program that predicts. One goroutine at a time asks it.
type process struct {
	pool *pool
	talk *program.Talk
	in   *table.Stream
	out  *table.Reader
	used bool // it has answered before
}

// errDied is the cause where a process ended instead of answering.
var errDied = errors.New("the process ended")

// startProcess starts the program. Each process has one core, for there are as many
// of them.
func startProcess(p *pool, space *program.Workspace) (*process, error) {
	env := []string{"LABBOOK_MODEL=" + folder, "LABBOOK_JOB=" + fileJob,
		"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"}
	talk, err := space.Start(p.header.Predict, env, int64(p.header.Memory)<<20)
	if err != nil {
		return nil, err
	}
	in, err := table.NewStream(talk.In, p.like)
	if err != nil {
		talk.Stop()
		return nil, err
	}
	// An answer is a column for each class, and room for what describes them.
	most := 1<<20 + 64*mostAsked*(1+len(p.header.Job.Classes))
	return &process{pool: p, talk: talk, in: in, out: table.NewReader(talk.Out, most)}, nil
}

// ask has the program answer rows: what it predicts of each, row by row. After an
// error the process is of no use.
func (p *process) ask(rows *table.Table) ([]float64, error) {
	limit := p.pool.header.Timeout
	if !p.used {
		limit += starting
	}
	until := time.Now().Add(limit)
	p.talk.In.SetWriteDeadline(until)
	p.talk.Out.SetReadDeadline(until)
	wrote := make(chan error, 1)
	go func() { wrote <- p.in.Write(rows) }()
	said, err := p.out.Next()
	if err == nil {
		if err = <-wrote; err == nil {
			return p.pool.header.read(said, rows.Rows())
		}
	}
	return nil, p.wrong(err, limit)
}

// wrong says why there is no answer.
func (p *process) wrong(err error, limit time.Duration) error {
	gone := &estimator.Unavailable{Cause: p.talk.Said(6)}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		gone.What = fmt.Sprintf("the model's program did not answer within %s", human.Duration(limit))
		return gone
	case errors.Is(err, table.ErrFormat):
		gone.What = "the model's program wrote to standard output what is no Arrow stream of numbers: " + human.Line(err.Error(), 160)
		gone.Hint = "print to standard error"
		return gone
	}
	// Its output or its input is closed; how it ends is known soon.
	select {
	case <-p.talk.Ended:
	case <-time.After(time.Second):
		if errors.Is(err, io.EOF) {
			gone.What = "the model's program closed its output, and goes on"
			return gone
		}
	}
	gone.What = "the model's program " + human.Line(p.talk.How(), 100) + " instead of answering"
	gone.Cause = p.talk.Said(6)
	return errors.Join(gone, errDied)
}

// told gives job.json.
func (h *header) told() ([]byte, error) {
	data, err := json.MarshalIndent(h.Job, "", " ")
	return append(data, '\n'), err
}

// read takes the predictions out of what a program said of so many rows.
func (h *header) read(said *table.Table, rows int) ([]float64, error) {
	wrong := func(what, found, wanted string) error {
		e := diag.Error{What: what, Found: found, Wanted: wanted}
		return &estimator.Unavailable{What: "the model's program answered " + e.Clause()}
	}
	if said.Rows() != rows {
		return nil, wrong("another number of rows than it was asked for", human.Int(said.Rows()), human.Int(rows))
	}
	classes := h.Job.Classes
	if len(classes) == 0 {
		if len(said.Columns) != 1 || said.Columns[0].Type != table.Number {
			return nil, wrong("something else than a number a row", columnsIn(said), "one column of numbers")
		}
		return said.Columns[0].Num, nil
	}
	if len(said.Columns) != len(classes) {
		return nil, wrong("other columns than one for each class", columnsIn(said), human.List(classes))
	}
	out := make([]float64, rows*len(classes))
	for k, class := range classes {
		c := said.Column(class)
		if c == nil || c.Type != table.Number {
			return nil, wrong(fmt.Sprintf("no column of numbers for the class %q", class), columnsIn(said), human.List(classes))
		}
		for i, v := range c.Num {
			out[i*len(classes)+k] = v
		}
	}
	return out, h.settle(out, wrong)
}

// settle sees to it that probabilities are some, and makes their sum 1 to the last
// digit, which float32 does not.
func (h *header) settle(out []float64, wrong func(what, found, wanted string) error) error {
	k := len(h.Job.Classes)
	for at := 0; at < len(out); at += k {
		row, sum := out[at:at+k], 0.0
		for j, v := range row {
			if !(v >= 0 && v <= 1+1e-6) {
				return wrong(fmt.Sprintf("no probability of %s in row %d", h.Job.Classes[j], at/k+1), fmt.Sprint(v), "a number from 0 to 1")
			}
			sum += v
		}
		if math.Abs(sum-1) > 1e-3 {
			return wrong(fmt.Sprintf("probabilities in row %d that do not sum to 1", at/k+1), human.Digits(sum, 6), "1")
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return nil
}

// columnsIn names the columns of a table with their types.
func columnsIn(t *table.Table) string {
	var all []string
	for _, c := range t.Columns {
		all = append(all, c.Name+" ("+string(c.Type)+")")
	}
	if len(all) == 0 {
		return "no column"
	}
	return human.List(all)
}

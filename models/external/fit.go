package external

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/base/program"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/models/estimator"
)

// What the programs find in the folder that they run in, and the variables that name
// it.
const (
	folder     = "model"
	fileJob    = "job.json"
	fileTrain  = "train.arrow"
	fileTarget = "target.arrow"
)

// mostLeft bounds the bytes of all that fit leaves.
const mostLeft = 1 << 30

// fit implements estimator.Spec.Fit: it runs the program that learns, takes what it
// leaves, and asks the program that predicts about one row, so that what cannot
// answer is no model.
func fit(ctx context.Context, p any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
	o := p.(*Params)
	if err := errors.Join(ctx.Err(), o.whole()); err != nil {
		return nil, err
	}
	versions, err := versionsOf(ctx, o.tools())
	if err != nil {
		return nil, err
	}
	dir, err := program.Folder("labbook-fit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	h := &header{
		Predict: o.Predict, Timeout: o.Timeout, Memory: o.Memory, Versions: versions,
		Job: job{Task: string(data.Task()), Classes: data.Classes, Seed: opt.Seed, Options: optionsOf(o.Options)},
	}
	h.Columns, h.Typical = columnsOf(data.X)
	space := &program.Workspace{Dir: filepath.Join(dir, "work"), Scratch: dir, Progress: progressOf(opt), Memory: opt.Memory}
	contents, err := fillFit(space, h, data, opt.Files)
	if err != nil {
		return nil, err
	}
	env := []string{"LABBOOK_TRAIN=" + fileTrain, "LABBOOK_TARGET=" + fileTarget, "LABBOOK_MODEL=" + folder, "LABBOOK_JOB=" + fileJob,
		"LABBOOK_CORES=" + strconv.Itoa(max(1, opt.Cores))}
	if _, err := space.Run(ctx, o.Fit, env, &lines{tell: opt.Logf}); err != nil {
		if exceeded := (*program.MemoryError)(nil); errors.As(err, &exceeded) {
			return nil, &diag.Error{What: "fit: " + err.Error(), Err: err, Hint: "raise the stage's memory, or give fit less to do"}
		}
		var failed *program.Failure
		if ctx.Err() == nil && errors.As(err, &failed) {
			return nil, &diag.Error{What: "fit: " + err.Error(), Err: err, Hint: "the stage's log has what it printed; files: names what the programs read besides themselves"}
		}
		return nil, err
	}
	left, err := leftIn(filepath.Join(space.Dir, folder))
	if err != nil {
		return nil, err
	}
	for _, f := range left {
		h.Files, contents = append(h.Files, stored{Path: f.Path, Size: len(f.Data), Exec: f.Exec, Left: true}), append(contents, f.Data)
	}
	m := newModel(h, contents)
	return m, m.tryout(ctx)
}

// fillFit puts what fit reads into its workspace, and notes the project's files in the
// header.
func fillFit(space *program.Workspace, h *header, data *estimator.Data, files []estimator.File) (contents [][]byte, err error) {
	if err := space.Make(); err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(space.Dir, folder), 0o777); err != nil {
		return nil, err
	}
	for _, f := range files {
		h.Files, contents = append(h.Files, stored{Path: f.Path, Size: len(f.Data), Exec: f.Exec}), append(contents, f.Data)
		if err := space.Put(f.Path, writer(f.Data, f.Exec)); err != nil {
			return nil, err
		}
	}
	target := (&matrix.Labelled{Y: data.Y, Classes: data.Classes}).Target("target")
	known := []*table.Column{target}
	if data.Weights != nil {
		known = append(known, &table.Column{Field: table.Field{Name: "weight", Type: table.Number}, Num: data.Weights})
	}
	told, err := json.MarshalIndent(h.Job, "", " ")
	return contents, errors.Join(err, space.Put(fileTrain, data.X.Table().WriteFile), space.Put(fileTarget, table.New(known...).WriteFile),
		space.Put(fileJob, writer(append(told, '\n'), false)))
}

// writer gives what writes a file.
func writer(data []byte, exec bool) func(path string) error {
	if exec {
		return func(path string) error {
			return program.Unshared(func() error { return os.WriteFile(path, data, 0o755) })
		}
	}
	return func(path string) error { return os.WriteFile(path, data, 0o644) }
}

// leftIn reads the files below a folder, sorted by their paths.
func leftIn(dir string) (files []estimator.File, err error) {
	total := int64(0)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); !info.Mode().IsRegular() || total > mostLeft {
			return diag.New(fmt.Sprintf("fit: %s/%s is no plain file, or all that is left is larger than %s", folder, filepath.ToSlash(name), human.Bytes(mostLeft)),
				"leave plain files, and no more than predict reads")
		}
		data, err := os.ReadFile(path)
		files = append(files, estimator.File{Path: filepath.ToSlash(name), Data: data, Exec: info.Mode()&0o100 != 0})
		return err
	})
	slices.SortFunc(files, func(a, b estimator.File) int { return strings.Compare(a.Path, b.Path) })
	return files, err
}

// optionsOf gives options as JSON knows them: numbers and truth values as such, what
// else there is as text.
func optionsOf(options map[string]params.Scalar) map[string]any {
	all := map[string]any{}
	for name, v := range options {
		var value any = string(v)
		if x, err := strconv.ParseFloat(string(v), 64); err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
			value = json.Number(strconv.FormatFloat(x, 'f', -1, 64))
		} else if v == "true" || v == "false" {
			value = v == "true"
		}
		all[name] = value
	}
	return all
}

// columnsOf gives the columns of a matrix and a typical value of each.
func columnsOf(x *matrix.Matrix) (columns []column, typical []float64) {
	for j, name := range x.Names {
		c := column{Name: name}
		if x.Levels != nil {
			c.Levels = x.Levels[j]
		}
		columns, typical = append(columns, c), append(typical, typicalOf(x, j, c.Levels))
	}
	return columns, typical
}

// typicalOf gives the mean of a column, or the most frequent of its codes; 0 where it
// has no value.
func typicalOf(x *matrix.Matrix, j, levels int) float64 {
	counts, sum, n := make([]int, levels), 0.0, 0
	for i := range x.Rows {
		v := x.Dense[i*x.Cols+j]
		switch {
		case math.IsNaN(v):
		case levels > 0:
			counts[int(v)]++
		default:
			n++
			sum += (v - sum) / float64(n)
		}
	}
	if levels > 0 {
		return float64(slices.Index(counts, slices.Max(counts)))
	}
	return sum
}

// progressOf gives what is told of the fractions on file descriptor 3; nil drops them.
func progressOf(opt estimator.Options) func([]byte) {
	if opt.Progress == nil {
		return nil
	}
	return func(line []byte) {
		var told struct{ Fraction *float64 }
		if json.Unmarshal(line, &told) == nil && told.Fraction != nil && *told.Fraction >= 0 && *told.Fraction <= 1 {
			opt.Progress(int(math.Round(100**told.Fraction)), 100)
		}
	}
}

// lines gives what is written to it on, a line at a time; nil tell drops it.
type lines struct {
	tell func(format string, args ...any)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	if l.tell == nil {
		return len(p), nil
	}
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			if len(l.rest) > 1<<16 { // of a line without an end
				l.tell("%s", l.rest)
				l.rest = nil
			}
			return len(p), nil
		}
		l.tell("%s", line)
		l.rest = rest
	}
}

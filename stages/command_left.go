package stages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/lazy"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/runner/stage"
)

// What a command may leave where it runs, declared or not: its metrics and its
// warnings become those of the stage.
const (
	leftMetrics  = "metrics.json"
	leftWarnings = "warnings.json"
)

// figureEnd ends the name of a file that holds the specification of a figure.
const figureEnd = ".figure.json"

// largestShown is how large a file may be that is shown or read for the record.
const largestShown = 1 << 20

// takeLeft reads the metrics and warnings, if there are any.
func takeLeft(c *stage.Context, dir string) error {
	for _, each := range []struct {
		name string
		take func(c *stage.Context, data []byte) error
	}{{leftMetrics, takeMetrics}, {leftWarnings, takeWarnings}} {
		data, err := readSmall(path.Join(dir, each.name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err == nil:
			err = each.take(c, data)
		}
		if err != nil {
			return inFile(each.name, err)
		}
	}
	return nil
}

// readSmall reads a plain file of at most largestShown bytes.
func readSmall(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > largestShown {
		return nil, diag.New(fmt.Sprintf("it is no plain file of at most %s", human.Bytes(largestShown)), "write less into it")
	}
	return os.ReadFile(path)
}

// inFile gives an error the name of the file that it is about.
func inFile(name string, err error) error {
	var e *diag.Error
	if errors.As(err, &e) {
		placed := *e
		placed.What = name + ": " + e.What
		return &placed
	}
	return &diag.Error{What: name + ": " + err.Error(), Err: err}
}

var metricName = lazy.Regexp(`^[a-z][a-z0-9_]{0,63}$`)

// takeMetrics records metrics: a mapping of names to numbers, or to what
// metrics.Value has besides its name.
func takeMetrics(c *stage.Context, data []byte) error {
	var all map[string]json.RawMessage
	if err := strictly(data, &all); err != nil {
		return wrongJSON(err, `a mapping of names to numbers, as in {"mae": 312.4}`)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !metricName().MatchString(name) {
			return &diag.Error{What: fmt.Sprintf("%q is no name of a metric", name), Wanted: "small letters, digits and _", Hint: "call it as scikit-learn would: mean_absolute_error"}
		}
		v := metrics.Value{Value: math.NaN()}
		if m, err := metrics.Find(name, ""); err == nil {
			v.Better = m.Better
		}
		if err := json.Unmarshal(all[name], &v.Value); err != nil {
			if err := strictly(all[name], &v); err != nil {
				return wrongJSON(fmt.Errorf("%s: %w", name, err), `a number, or {"value": 312.4, "unit": "USD", "low": 300, "high": 325, "level": 0.95, "better": "lower"}`)
			}
		}
		if v.Name = name; math.IsNaN(v.Value) || v.Subject != "" || (v.Low == nil) != (v.High == nil) ||
			!slices.Contains([]metrics.Better{"", metrics.Lower, metrics.Higher}, v.Better) {
			return &diag.Error{What: fmt.Sprintf("%s is no metric", name), Found: human.Line(string(all[name]), 80),
				Wanted: `a value, and if there are any unit, low and high with level, and better: "lower" or "higher"`}
		}
		c.Metric(v)
	}
	return nil
}

// takeWarnings records warnings: texts, or findings.
func takeWarnings(c *stage.Context, data []byte) error {
	const wanted = `a list of texts, or of {"text": "…", "column": "price", "count": 12, "level": "warning"}`
	var all []json.RawMessage
	if err := strictly(data, &all); err != nil {
		return wrongJSON(err, wanted)
	}
	for i, each := range all {
		f := notebook.Finding{Level: notebook.Warning}
		if err := json.Unmarshal(each, &f.Text); err != nil {
			if err := strictly(each, &f); err != nil {
				return wrongJSON(fmt.Errorf("entry %d: %w", i+1, err), wanted)
			}
		}
		if f.Text == "" || !f.Level.Warns() || f.Code != "" || f.Muted != "" || f.Count < 0 {
			return &diag.Error{What: fmt.Sprintf("entry %d is no warning", i+1), Found: human.Line(string(each), 80), Wanted: wanted, Hint: `its level is "warning" or "error"`}
		}
		c.Warn(f)
	}
	return nil
}

// strictly decodes one JSON value that holds nothing unknown.
func strictly(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows what is wanted")
	}
	return nil
}

func wrongJSON(err error, wanted string) error {
	return &diag.Error{What: strings.TrimPrefix(err.Error(), "json: "), Wanted: wanted, Err: err}
}

// decodeFigure reads the specification of a figure.
func decodeFigure(data []byte) (*figure.Chart, error) {
	var chart figure.Chart
	if err := strictly(data, &chart); err != nil {
		return nil, wrongJSON(err, "the specification of a figure, as docs/python.md shows it")
	}
	if err := chart.Check(); err != nil {
		return nil, &diag.Error{What: "the figure cannot be drawn: " + strings.ReplaceAll(err.Error(), "\n", "; "), Err: err}
	}
	return &chart, nil
}

// checkFigures says which specification of a figure, of those that were left in a
// folder, cannot be drawn.
func checkFigures(dir string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(at, figureEnd) {
			return err
		}
		data, err := readSmall(at)
		if err == nil {
			_, err = decodeFigure(data)
		}
		if name, _ := filepath.Rel(dir, at); err != nil {
			return inFile(filepath.ToSlash(name), err)
		}
		return nil
	})
}

// progressOf gives what tells of the lines on file descriptor 3: JSON with any of
// fraction (from 0 to 1), message, and metrics so far. What is none of this is told
// in the log, once.
func progressOf(c *stage.Context) func(line []byte) {
	told := false
	return func(line []byte) {
		var p struct {
			Fraction *float64           `json:"fraction"`
			Message  string             `json:"message"`
			Metrics  map[string]float64 `json:"metrics"`
		}
		if err := strictly(line, &p); err != nil || p.Fraction != nil && !(*p.Fraction >= 0 && *p.Fraction <= 1) {
			if !told {
				c.Logf(`file descriptor 3: %s is no progress, as {"fraction": 0.4, "message": "fold 2", "metrics": {"mae": 312.4}} is`, human.Line(string(line), 100))
			}
			told = true
			return
		}
		step := p.Message
		for _, name := range slices.Sorted(maps.Keys(p.Metrics)) {
			step += fmt.Sprintf(" · %s %s", name, human.Digits(p.Metrics[name], 4))
		}
		step = human.Line(strings.TrimPrefix(step, " · "), 100)
		if p.Fraction == nil {
			c.Progress(step, 0, 0, "")
			return
		}
		c.Progress(step, int64(math.Round(100**p.Fraction)), 100, "%")
	}
}

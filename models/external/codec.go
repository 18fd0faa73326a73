package external

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"labbook/models/estimator"
)

// magic begins the encoding of a model: it, the length of a header (uint64), the
// header as JSON, and the contents of the files, one after the other.
const magic = "labbook external 1\n"

// header is what a model is besides the bytes of its files.
type header struct {
	Predict  []string      `json:"predict"`
	Timeout  time.Duration `json:"timeout"`
	Memory   int           `json:"memory"` // MiB; 0 is any
	Job      job           `json:"job"`
	Versions []version     `json:"versions,omitempty"`
	// Columns are the features, in order, and Typical a value of each: the mean, or
	// the most frequent level's code.
	Columns []column  `json:"columns"`
	Typical []float64 `json:"typical"`
	Files   []stored  `json:"files"`
}

// job is job.json: what both programs are told.
type job struct {
	Task    string         `json:"task"`
	Classes []string       `json:"classes,omitempty"`
	Seed    uint64         `json:"seed"`
	Options map[string]any `json:"options"`
}

// column is a feature.
type column struct {
	Name   string `json:"name"`
	Levels int    `json:"levels,omitempty"` // of one that holds codes
}

// stored is a file of the project that the programs read, or one that fit left.
type stored struct {
	Path string `json:"path"` // slash-separated; of a file that was left, in the folder of the model
	Size int    `json:"size"`
	Exec bool   `json:"exec,omitempty"`
	Left bool   `json:"left,omitempty"`
}

// encode gives the bytes of a model.
func encode(h *header, contents [][]byte) ([]byte, error) {
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(head))))
	b.Write(head)
	for _, c := range contents {
		b.Write(c)
	}
	return b.Bytes(), nil
}

var errDamaged = errors.New("external: damaged")

// decode is the inverse of encode; it survives any bytes, and starts nothing.
func decode(data []byte) (estimator.Model, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(rest) < 8 {
		return nil, errDamaged
	}
	size := binary.LittleEndian.Uint64(rest)
	if rest = rest[8:]; size > uint64(len(rest)) {
		return nil, errDamaged
	}
	var h header
	if err := json.Unmarshal(rest[:size], &h); err != nil {
		return nil, fmt.Errorf("%w: %v", errDamaged, err)
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	rest = rest[size:]
	contents := make([][]byte, len(h.Files))
	for i, f := range h.Files {
		if f.Size < 0 || f.Size > len(rest) {
			return nil, errDamaged
		}
		contents[i], rest = rest[:f.Size], rest[f.Size:]
	}
	if len(rest) > 0 {
		return nil, errDamaged
	}
	return newModel(&h, contents), nil
}

// check says what keeps a header from being one.
func (h *header) check() error {
	task, classes := h.Job.Task, len(h.Job.Classes)
	if len(h.Predict) == 0 || h.Predict[0] == "" || h.Timeout <= 0 || h.Memory < 0 || len(h.Columns) == 0 || len(h.Typical) != len(h.Columns) ||
		(task == "classification") != (classes > 0) {
		return errDamaged
	}
	names := map[string]bool{}
	for i, c := range h.Columns {
		if names[c.Name] || c.Levels < 0 || c.Levels > math.MaxInt16 || math.IsNaN(h.Typical[i]) || c.Levels > 0 && !(h.Typical[i] >= 0 && h.Typical[i] < float64(c.Levels)) {
			return errDamaged
		}
		names[c.Name] = true
	}
	paths := map[string]bool{}
	for _, f := range h.Files {
		name := f.name()
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) || paths[name] {
			return errDamaged
		}
		paths[name] = true
	}
	return nil
}

// name gives the path of the file in the folder that a program runs in.
func (f *stored) name() string {
	if f.Left {
		return folder + "/" + f.Path
	}
	return f.Path
}

package exchange

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/testdata"
	"labbook/models/bundle"
)

// sample is a bundle and rows to ask it for, by its own predictions and by those
// of onnxruntime.
type sample struct {
	name string
	b    *bundle.Bundle
	rows *table.Table
}

// answers are what onnxruntime says.
type answers struct {
	Error    string
	Metadata map[string]string
	Outputs  map[string]json.RawMessage
}

func (a *answers) numbers(t testing.TB, name string) []float64 {
	require.Contains(t, a.Outputs, name)
	var text string
	require.NoError(t, json.Unmarshal(a.Outputs[name], &text))
	raw, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	values := make([]float64, len(raw)/8)
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return values
}

func (a *answers) labels(t testing.TB, name string) (labels []string) {
	require.NoError(t, json.Unmarshal(a.Outputs[name], &labels))
	return labels
}

// given writes the columns that a bundle reads as a program in Python takes them.
func given(t testing.TB, b *bundle.Bundle, rows *table.Table) []byte {
	columns := map[string]any{}
	for _, f := range b.Features.Inputs {
		c := rows.Column(f.Name)
		switch c.Type {
		case table.Text:
			columns[f.Name] = c.Texts
		case table.Category:
			levels := make([]string, c.Len())
			for i, code := range c.Codes {
				if code >= 0 {
					levels[i] = c.Levels[code]
				}
			}
			columns[f.Name] = levels
		default:
			var raw []byte
			for _, v := range c.Num {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			}
			columns[f.Name] = base64.StdEncoding.EncodeToString(raw)
		}
	}
	data, err := json.Marshal(columns)
	require.NoError(t, err)
	return data
}

// runtime is a Python that runs files in ONNX, one for all tests.
type runtime struct {
	in  io.Writer
	out *bufio.Scanner
}

var running = sync.OnceValues(func() (*runtime, error) {
	script := exec.Command(python, filepath.Join(testdata.Root(), "internal", "testdata", "python", "onnx_run.py"))
	script.Stderr = os.Stderr
	in, err := script.StdinPipe() // closed with this process, which ends the script
	if err != nil {
		return nil, err
	}
	out, err := script.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &runtime{in, bufio.NewScanner(out)}, script.Start()
})

var python string // that testdata found

// ask has the file of a folder answer the rows in it.
func (r *runtime) ask(t testing.TB, folder string) *answers {
	_, err := fmt.Fprintln(r.in, folder)
	require.NoError(t, err)
	require.True(t, r.out.Scan(), "the Python ended")
	data, err := os.ReadFile(filepath.Join(folder, "answers.json"))
	require.NoError(t, err)
	var a answers
	require.NoError(t, json.Unmarshal(data, &a))
	return &a
}

// agree exports every sample in each form, has other programs predict its rows, and
// compares.
func agree(t *testing.T, samples []*sample) {
	t.Run("page", func(t *testing.T) { agreeInPages(t, samples) })
	t.Run("onnx", func(t *testing.T) { agreeInONNX(t, samples) })
}

// agreeInONNX has onnxruntime predict the rows.
func agreeInONNX(t *testing.T, samples []*sample) {
	python = testdata.Python(t, "onnx", "onnxruntime")
	r, err := running()
	require.NoError(t, err)
	for i, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			folder := t.TempDir()
			data, _, err := ONNX(s.b, About{Model: "sample", Version: i + 1})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), data, 0o666))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "rows.json"), given(t, s.b, s.rows), 0o666))
			a := r.ask(t, folder)
			require.Empty(t, a.Error)
			s.compare(t, a)
		})
	}
}

// answered predicts rows as Answer does; nil where the bundle refuses one.
func answered(t testing.TB, b *bundle.Bundle, rows *table.Table) []*bundle.Predictions {
	said := make([]*bundle.Predictions, rows.Rows())
	if all, err := b.Answer(rows); err == nil {
		for i := range said {
			said[i] = rowOf(all, i)
		}
		return said
	}
	for i := range said {
		if one, err := b.Answer(rows.Slice(i, i+1)); err == nil {
			said[i] = rowOf(one, 0)
		}
	}
	return said
}

// rowOf gives what was said of one row.
func rowOf(all *bundle.Predictions, i int) *bundle.Predictions {
	p := &bundle.Predictions{Classes: all.Classes, Values: all.Values[i : i+1]}
	if all.Classes != nil {
		p.Probabilities = all.Row(i)
	}
	if all.Low != nil {
		p.Low, p.High = all.Low[i:i+1], all.High[i:i+1]
	}
	return p
}

func (s *sample) compare(t *testing.T, a *answers) {
	said := answered(t, s.b, s.rows)
	refused := 0
	for _, one := range said {
		if one == nil {
			refused++
		}
	}
	require.Less(t, refused, len(said)*9/10, "too few rows have an answer")
	names := outputNames(s.b)
	if k := len(s.b.Features.Classes); k > 0 {
		labels, p := a.labels(t, names[0]), a.numbers(t, names[1])
		require.Len(t, labels, len(said))
		require.Len(t, p, k*len(said))
		for i, one := range said {
			same := one == nil && labels[i] == "" && math.IsNaN(p[i*k])
			if one != nil {
				same = labels[i] == one.Label(0) || s.tied(one)
				for c := range k {
					same = same && near(one.Probabilities[c], p[i*k+c])
				}
			}
			require.True(t, same, "row %d: labbook says %+v, onnxruntime %q %v", i, one, labels[i], p[i*k:(i+1)*k])
		}
		return
	}
	for at, name := range names {
		values := a.numbers(t, name)
		require.Len(t, values, len(said))
		for i, one := range said {
			want := math.NaN()
			if one != nil {
				want = [][]float64{one.Values, one.Low, one.High}[at][0]
			}
			require.True(t, near(want, values[i]) || one == nil && math.IsInf(values[i], 0), "%s of row %d: labbook says %v, onnxruntime %v", name, i, want, values[i])
		}
	}
}

// tied says whether two classes are so near to each other, or to the threshold,
// that rounding decides.
func (s *sample) tied(p *bundle.Predictions) bool {
	best, next := -1.0, -1.0
	for _, v := range p.Probabilities {
		if v > best {
			best, next = v, best
		} else if v > next {
			next = v
		}
	}
	threshold := s.b.Threshold
	return best-next < 1e-9 || threshold != nil && math.Abs(p.Probabilities[threshold.Positive]-threshold.At) < 1e-9
}

// near allows a relative error of 1e-5, and of numbers about 0, such as what is
// left of 1 by a probability, an absolute one of the last digits of 1.
func near(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return math.Abs(a-b) <= 1e-5*math.Abs(a)+1e-12
}

// The same bundle gives the same bytes.
func TestONNXIsDeterministic(t *testing.T) {
	b := trained(t, "boosting", "price", bundle.Log1p)
	one, _, err := ONNX(b, About{Model: "houses", Version: 1})
	require.NoError(t, err)
	again, err := bundle.Load(reader(files(t, b)))
	require.NoError(t, err)
	two, _, err := ONNX(again, About{Model: "houses", Version: 1})
	require.NoError(t, err)
	assert.Equal(t, one, two)
}

package external

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
	"labbook/internal/testdata/testmodel"
	"labbook/models/estimator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){testmodel.Name: testmodel.Main})
}

// path puts the program of the tests into PATH, under its name, and gives the folder.
func path(t testing.TB) string {
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(dir, testmodel.Name)))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

// line is numbers that go with a number, or two classes.
func line(rows int, classes ...string) *estimator.Data {
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: 2, Names: []string{"a", "b=c, d"}}, Classes: classes}
	for i := range rows {
		d.X.Dense = append(d.X.Dense, float64(i), float64(i%3))
		if y := float64(3 * i); classes == nil {
			d.Y = append(d.Y, y)
		} else {
			d.Y = append(d.Y, float64(i*len(classes)/rows))
		}
	}
	return d
}

// fitted fits with parameters over those of the test's model.
func fitted(t testing.TB, with string, data *estimator.Data, files ...estimator.File) (*Model, error) {
	t.Helper()
	p := Spec().Params().(*Params)
	require.NoError(t, params.DecodeString(testmodel.Params, p))
	require.NoError(t, params.DecodeString(with, p))
	m, err := Spec().Fit(context.Background(), p, data, estimator.Options{Seed: 1, Files: files, Logf: t.Logf})
	if err != nil {
		return nil, err
	}
	return m.(*Model), nil
}

func TestFitsAndPredicts(t *testing.T) {
	path(t)
	data := line(50)
	m, err := fitted(t, "{}", data)
	require.NoError(t, err)
	said := make([]float64, 50)
	require.NoError(t, m.Ask(said, data.X))
	assert.InDelta(t, 3*40, said[40], 10)
	shrunk, err := fitted(t, "{options: {shrink: 0}}", data)
	require.NoError(t, err)
	flat := make([]float64, 50)
	require.NoError(t, shrunk.Ask(flat, data.X))
	assert.InDelta(t, 73.5, flat[40], 1e-9, "an option reaches the program, as a number")

	pulls := make([]float64, 2)
	m.Explain(pulls, data.X, 49, 0)
	assert.Greater(t, pulls[0], 40.0, "without a, the prediction is a typical one")
}

// Each way in which a program fails has an error that says so, in whose cause is what
// it printed; and the next one is asked again.
func TestProgramsThatFail(t *testing.T) {
	path(t)
	data := line(20, "yes", "no")
	for how, want := range map[string]string{
		"rubbish":    `wrote to standard output what is no Arrow stream of numbers: not a table file: it begins with "Loading the model`,
		"few":        "answered another number of rows than it was asked for; found 19, wanted 20",
		"hang":       "did not answer within 300 ms; it said: waiting for a lock",
		"exit":       "ended with exit code 1 instead of answering; it said: testmodel: the licence has ended",
		"impossible": "answered no probability of yes in row 1; found 7, wanted a number from 0 to 1",
		"other":      "answered other columns than one for each class; found something else (number), yes (number), no (number), wanted yes, no",
	} {
		m, err := fitted(t, "{predict: [testmodel, "+how+"]}", data)
		require.NoError(t, err, how)
		m.pool.header.Timeout = 300 * time.Millisecond
		said := make([]float64, 40)
		require.NoError(t, m.Ask(said[:2], data.X.Take([]int{0})), "a first row is answered")
		if how != "hang" {
			m.pool.header.Timeout = time.Minute
		}
		err = m.Ask(said, data.X)
		var gone *estimator.Unavailable
		require.ErrorAs(t, err, &gone, how)
		assert.ErrorContains(t, err, want, how)
		if how != "hang" {
			m.Predict(said, data.X)
			assert.True(t, math.IsNaN(said[0]), "no number is made up")
		}
	}
}

// A program that takes all memory dies of it, and nothing else does.
func TestMemoryIsBounded(t *testing.T) {
	testdata.OnlyComputes(t) // and the race detector takes more than any bound
	path(t)
	data := line(20)
	m, err := fitted(t, "{predict: [testmodel, eat], memory: 1500}", data)
	require.NoError(t, err)
	err = m.Ask(make([]float64, 20), data.X)
	require.ErrorContains(t, err, "instead of answering")
}

// What cannot be fitted is no model, and says why.
func TestWhatIsNoModel(t *testing.T) {
	path(t)
	for with, want := range map[string]string{
		"{fit: [testmodel, fit-nothing]}":                       "predict: the model's program ended with exit code 1 instead of answering",
		"{fit: [no-such-program]}":                              `there is no program "no-such-program" in PATH`,
		"{fit: [sh, -c, 'echo first; echo worst >&2; exit 3']}": "fit: the command failed with exit code 3: worst",
		"{version: [testmodel, predict]}":                       "cannot be asked",
	} {
		_, err := fitted(t, with, line(20))
		var wrong *diag.Error
		require.ErrorAs(t, err, &wrong, with)
		assert.ErrorContains(t, err, want)
	}
	p := Spec().Params()
	require.NoError(t, params.DecodeString("{fit: [python3, fit.py]}", p))
	assert.ErrorContains(t, Spec().Whole(p), "nothing says which program is to predict")
}

// A process that is killed is replaced, and the rows are asked again.
func TestKilledProcessIsReplaced(t *testing.T) {
	path(t)
	data := line(20)
	m, err := fitted(t, "{}", data)
	require.NoError(t, err)
	require.NoError(t, m.Warm(2))
	said := make([]float64, 20)
	for range 5 {
		ready := func() []*process {
			m.pool.mu.Lock()
			defer m.pool.mu.Unlock()
			return append([]*process(nil), m.pool.idle...)
		}
		require.Eventually(t, func() bool { return len(ready()) == 2 }, time.Minute, time.Millisecond, "two are ready")
		for _, proc := range ready() {
			require.NoError(t, syscall.Kill(-proc.talk.Pid(), syscall.SIGKILL))
		}
		require.NoError(t, m.Ask(said, data.X))
	}
}

// Those that are not kept ready end where many wait, and all do with their pool,
// whose folder goes too.
func TestProcessesAreBounded(t *testing.T) {
	path(t)
	data := line(20)
	var models []*Model
	for range mostIdle + 3 {
		m, err := fitted(t, "{}", data)
		require.NoError(t, err)
		models = append(models, m)
	}
	running := func() (n int) {
		for _, m := range models {
			m.pool.mu.Lock()
			n += len(m.pool.idle)
			m.pool.mu.Unlock()
		}
		return n
	}
	require.Eventually(t, func() bool { return running() <= mostIdle }, time.Minute, time.Millisecond)
	require.NoError(t, models[0].Ask(make([]float64, 20), data.X), "one that ended is started again")
	for _, m := range models {
		m.pool.close()
		_, err := os.Stat(m.pool.dir)
		assert.ErrorIs(t, err, os.ErrNotExist)
	}
	assert.Zero(t, running())
}

// The files of the project are the model's: whatever becomes of them, it answers as
// before, and can be fitted again.
func TestProgramsAreCopied(t *testing.T) {
	path(t)
	script := "#!/bin/sh\nexec testmodel \"$1\"\n"
	own := estimator.File{Path: "models/own.sh", Data: []byte(script), Exec: true}
	m, err := fitted(t, "{fit: [models/own.sh, fit], predict: [models/own.sh, predict], tools: [testmodel], version: }", line(30), own)
	require.NoError(t, err)
	assert.Equal(t, []estimator.File{own}, m.Files())
	data, err := m.MarshalBinary()
	require.NoError(t, err)
	again, err := Spec().Decode(data)
	require.NoError(t, err)
	want, got := make([]float64, 30), make([]float64, 30)
	require.NoError(t, m.Ask(want, line(30).X))
	require.NoError(t, again.(*Model).Ask(got, line(30).X))
	assert.Equal(t, want, got)
}

// Another tool than the one that fitted is refused by name.
func TestAnotherToolIsRefused(t *testing.T) {
	dir := path(t)
	m, err := fitted(t, "{version: [mytool]}", line(20))
	require.ErrorContains(t, err, "mytool")
	require.Nil(t, m)
	tool := func(says string) {
		asked.Lock()
		asked.known = nil
		asked.Unlock()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "mytool"), []byte("#!/bin/sh\necho "+says+"\n"), 0o777))
	}
	tool("mytool 1.0")
	m, err = fitted(t, "{version: [mytool]}", line(20))
	require.NoError(t, err)
	data, err := m.MarshalBinary()
	require.NoError(t, err)
	tool("mytool 1.1")
	again, err := Spec().Decode(data)
	require.NoError(t, err)
	err = again.(estimator.Warmer).Warm(2)
	var gone *estimator.Unavailable
	require.ErrorAs(t, err, &gone)
	assert.Equal(t, "mytool is another one than the model was fitted by: found mytool 1.1, wanted mytool 1.0", gone.What)
	assert.Error(t, again.(estimator.Asked).Ask(make([]float64, 1), line(1).X))
	tool("mytool 1.0")
	assert.NoError(t, again.(estimator.Asked).Ask(make([]float64, 1), line(1).X))
}

// Codes of categories come as such, missing values as none.
func TestCategoriesAndGaps(t *testing.T) {
	x := &matrix.Matrix{Rows: 3, Cols: 2, Names: []string{"n", "k"}, Levels: []int{0, 3}, Dense: []float64{1, 2, math.NaN(), math.NaN(), 3, 0}}
	got := x.Table()
	assert.Equal(t, []int32{2, -1, 0}, got.Column("k").Codes)
	assert.Equal(t, []string{"0", "1", "2"}, got.Column("k").Levels)
	assert.True(t, got.Column("n").IsMissing(1))
	columns, typical := columnsOf(x)
	assert.Equal(t, []column{{Name: "n"}, {Name: "k", Levels: 3}}, columns)
	assert.Equal(t, []float64{2, 0}, typical)
}

// Words of commands that may be files of the project are read where they are.
func TestNamedFiles(t *testing.T) {
	p := &Params{Fit: params.Command{"python3", "-u", "models/fit.py", "--rate=0.1", "plain"}, Predict: params.Command{"./predict", "../x.py", "/etc/passwd"}}
	assert.Equal(t, []string{"models/fit.py", "predict"}, p.named())
	assert.Equal(t, []estimator.Tool{{Name: "python3"}}, p.tools())
	p.Version = params.Command{"python3", "--version"}
	assert.Equal(t, []estimator.Tool{{Name: "python3 --version", Ask: []string{"python3", "--version"}}}, p.tools())
}

// answers is what a program writes in answer to batches of rows.
func answers(t testing.TB, tables ...*table.Table) string {
	var b strings.Builder
	s, err := table.NewStream(&b, tables[0])
	require.NoError(t, err)
	for _, each := range tables {
		require.NoError(t, s.Write(each))
	}
	require.NoError(t, s.Close())
	return b.String()
}

func number(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

// FuzzAnswers holds what reads a program's output to surviving any bytes, in memory in
// proportion to what it may say.
func FuzzAnswers(f *testing.F) {
	good := answers(f, table.New(number("yes", .2, .7), number("no", .8, .3)))
	f.Add([]byte(good))
	f.Add([]byte(good[:len(good)/2]))
	f.Add([]byte(answers(f, table.New(number("x", 1, 2)))))
	f.Add([]byte("Loading the model\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, classes := range [][]string{nil, {"yes", "no"}} {
			h := &header{Job: job{Classes: classes}}
			r := table.NewReader(strings.NewReader(string(data)), 1<<16)
			for range 3 {
				said, err := r.Next()
				if err != nil {
					break
				}
				out, err := h.read(said, 2)
				if err != nil {
					continue
				}
				assert.Len(t, out, 2*max(1, len(classes)))
				for i := 0; classes != nil && i < len(out); i += 2 {
					assert.InDelta(t, 1, out[i]+out[i+1], 1e-9)
				}
			}
		}
	})
}

// Damaged models are errors.
func FuzzDecode(f *testing.F) {
	h := &header{Predict: []string{"no-such-program"}, Timeout: time.Second, Job: job{Task: "regression"}, Columns: []column{{Name: "a"}}, Typical: []float64{1},
		Files: []stored{{Path: "model.json", Size: 2, Left: true}}}
	good, err := encode(h, [][]byte{[]byte("{}")})
	require.NoError(f, err)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(strings.Replace(string(good), "model.json", "../../x.js", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil {
			return
		}
		if again, err := m.MarshalBinary(); err == nil {
			_, err := decode(again)
			assert.NoError(t, err, fmt.Sprintf("%q", again))
		}
	})
}

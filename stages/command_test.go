package stages

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runCommandStage runs the kind command in a project that has data/x.csv and a
// script, and gives the output's folder.
func runCommandStage(t *testing.T, p *commandParams, inputs ...*artifact.Artifact) (*stage.Context, string, error) {
	dir := t.TempDir()
	for name, text := range map[string]string{"project/data/x.csv": "a,b\n1,2\n", "project/y.txt": "y", "out/.keep": "", "temp/.keep": ""} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "out/.keep")))
	project := filepath.Join(dir, "project")
	var files []stage.File
	for _, path := range p.Inputs {
		files = append(files, stage.File{Path: path, Abs: filepath.Join(project, path)})
	}
	out := filepath.Join(dir, "out")
	c := stage.New(context.Background(), stage.Config{Stage: "test", Params: p, Inputs: inputs, Files: files,
		Project: project, Out: out, Temp: filepath.Join(dir, "temp")})
	return c, out, command().Run(c)
}

func TestCommandSeesWhatItDeclares(t *testing.T) {
	blob := filepath.Join(t.TempDir(), "blob")
	require.NoError(t, os.WriteFile(blob, []byte("from another stage"), 0o444))
	in := &artifact.Artifact{Stage: "split", Files: []artifact.Blob{{Name: "deep/part", Path: blob}}}
	c, out, err := runCommandStage(t, &commandParams{
		Run:     params.Command{"sh", "-c", "touch list; find . -type f | sort > list; cat inputs/split/deep/part >> list; echo x >> inputs/split/deep/part; touch rest"},
		Inputs:  []string{"data/x.csv"},
		Outputs: files("list"),
	}, in)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(out, "list"))
	require.NoError(t, err)
	assert.Equal(t, "./data/x.csv\n./inputs/split/deep/part\n./list\nfrom another stage", string(data))
	warnings := c.Result().Warnings
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0].Text, "rest")
	data, err = os.ReadFile(blob)
	require.NoError(t, err)
	assert.Equal(t, "from another stage", string(data), "the cache is out of its reach")
	assert.Positive(t, c.Result().CPU)
	assert.Positive(t, c.Result().Memory)
}

func TestCommandUndeclaredReadFailsWithTheLineToAdd(t *testing.T) {
	_, _, err := runCommandStage(t, &commandParams{Run: params.Command{"sh", "-c", "sort data/x.csv > o"}, Outputs: files("o")})
	var e *diag.Error
	require.True(t, errors.As(err, &e))
	assert.Equal(t, `add "data/x.csv" to inputs`, e.Hint)
	assert.Contains(t, e.What, "exit code 2")
}

func TestCommandPathsStayInside(t *testing.T) {
	for _, path := range []string{"../x", "/etc/passwd", "a/../../x", ""} {
		assert.Error(t, (&commandParams{Run: params.Command{"sh", "-c", "true"}, Outputs: files(path)}).Resolve(), path)
		assert.Error(t, (&commandParams{Run: params.Command{"sh", "-c", "true"}, Inputs: []string{path}}).Resolve(), path)
	}
	assert.Error(t, (&commandParams{}).Resolve())
}

// A list is a program with its arguments, also a list of one: it went through
// the shell.
func TestCommandIsShellOnlyAsText(t *testing.T) {
	for yaml, want := range map[string]params.Command{
		`run: echo hi > o`:     {"sh", "-e", "-c", "echo hi > o"},
		`run: [echo hi > o]`:   {"echo hi > o"},
		`run: [echo, hi]`:      {"echo", "hi"},
		`run: ["sh", "-c", x]`: {"sh", "-c", "x"},
	} {
		n, err := tree.Parse("pipeline.yaml", []byte(yaml))
		require.NoError(t, err)
		var p commandParams
		require.NoError(t, params.Decode(n, &p))
		assert.Equal(t, want, p.Run, yaml)
	}
	_, _, err := runCommandStage(t, &commandParams{Run: params.Command{"echo hi > o"}})
	assert.ErrorContains(t, err, `there is no program "echo hi > o"`)
	assert.Error(t, (&commandParams{Run: params.Command{""}}).Resolve())
}

// files gives outputs of which nothing is said.
func files(names ...string) (m params.Map[string]) {
	for _, name := range names {
		m = append(m, params.Entry[string]{Key: name})
	}
	return m
}

// commandOf decodes the parameters of a command.
func commandOf(t *testing.T, text string) *commandParams {
	p := command().Params().(*commandParams)
	require.NoError(t, params.DecodeString(text, p))
	return p
}

// arrowFile writes a table as a program of others would find it.
func arrowFile(t *testing.T, columns ...*table.Column) string {
	path := filepath.Join(t.TempDir(), "t.arrow")
	require.NoError(t, table.New(columns...).WriteFile(path))
	return path
}

func numbersOf(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

func textsOf(name string, values ...string) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Text}, Texts: values}
}

// What a program writes of a column that it was given keeps what the file cannot
// say, and what it adds is told by its values.
func TestCommandLeavesATable(t *testing.T) {
	given := filepath.Join(t.TempDir(), "table.arrow")
	size := numbersOf("size", 1, 2, 3)
	size.Unit, size.Doc = "m", "How long it is."
	grade := &table.Column{Field: table.Field{Name: "grade", Type: table.Category, Levels: []string{"poor", "good"}, Ordered: true}, Codes: []int32{0, 1, 0}}
	require.NoError(t, table.New(size, grade).WriteFile(given))
	in := &artifact.Artifact{Stage: "load", Types: []artifact.Type{artifact.Table}, Files: []artifact.Blob{{Name: table.File, Path: given}}}
	wrote := arrowFile(t, numbersOf("size", 4, 5, math.NaN()), textsOf("grade", "good", "", "poor"), textsOf("town", "b", "a", "b"))

	p := commandOf(t, `{run: "test -f $LABBOOK_INPUT_LOAD_TABLE; cp `+wrote+` x.arrow", outputs: {x.arrow: table}}`)
	_, out, err := runCommandStage(t, p, in)
	require.NoError(t, err)
	got, err := table.ReadFile(filepath.Join(out, table.File))
	require.NoError(t, err)
	assert.Equal(t, []string{"size", "grade", "town"}, got.Names())
	assert.Equal(t, "m", got.Column("size").Unit)
	assert.Equal(t, "How long it is.", got.Column("size").Doc)
	assert.True(t, got.Column("size").Integer && got.Column("size").Missing)
	assert.Equal(t, []string{"poor", "good"}, got.Column("grade").Levels)
	assert.True(t, got.Column("grade").Ordered)
	assert.Equal(t, []int32{1, -1, 0}, got.Column("grade").Codes)
	assert.Equal(t, []string{"a", "b"}, got.Column("town").Levels, "texts that repeat are levels")
	assert.Equal(t, []artifact.Type{artifact.Table, artifact.Files}, command().MakesOf(p))
}

// Whatever a program leaves that is not what it declared names the file and, where
// there is one, the column and the row.
func TestCommandLeavesWhatItDoesNotDeclare(t *testing.T) {
	a, b := arrowFile(t, numbersOf("x", 1, 2), numbersOf("y", 1, 2)), arrowFile(t, numbersOf("x", 1))
	texts, infinite := arrowFile(t, textsOf("x", "a", "b"), numbersOf("y", 1, 2)), arrowFile(t, numbersOf("x", 1, math.Inf(1)), numbersOf("y", 1, 2))
	for text, want := range map[string]string{
		`{run: "echo hello > x.arrow", outputs: {x.arrow: table}}`:                                                         `x.arrow: does not begin as an Arrow file or stream does`,
		`{run: "true", outputs: {x.arrow: table}}`:                                                                         "did not make its output x.arrow",
		`{run: "cp ` + a + ` train.arrow; cp ` + b + ` test.arrow", outputs: {train.arrow: split, test.arrow: split}}`:     `test.arrow has no column "y"; wanted the columns of train.arrow`,
		`{run: "cp ` + a + ` train.arrow; cp ` + texts + ` test.arrow", outputs: {train.arrow: split, test.arrow: split}}`: `test.arrow: column "x" is of another type than in train.arrow; found text, wanted number`,
		`{run: "cp ` + texts + ` train.arrow", outputs: {train.arrow: features}, target: y}`:                               `train.arrow: column "x" is no number`,
		`{run: "cp ` + infinite + ` train.arrow", outputs: {train.arrow: features}, target: y}`:                            `train.arrow: column "x", row 2: the number is infinite`,
		`{run: "cp ` + a + ` train.arrow", outputs: {train.arrow: features}, target: z}`:                                   `train.arrow has no column "z", the target`,
		`{run: "echo '[1]' > metrics.json"}`:                                                                               "metrics.json: ",
		`{run: "echo '{\"Mae\": 1}' > metrics.json"}`:                                                                      `metrics.json: "Mae" is no name of a metric`,
		`{run: "echo '{\"mae\": {\"vlue\": 1}}' > metrics.json"}`:                                                          `metrics.json: mae: json: unknown field "vlue"`,
		`{run: "echo '{\"a\": 1}' > warnings.json"}`:                                                                       "warnings.json: ",
		`{run: "echo '{\"title\": \"t\"}' > a.figure.json", outputs: [a.figure.json]}`:                                     "a.figure.json: the figure cannot be drawn: a chart has one content",
		`{run: "echo '{\"bars\": {\"names\": [\"a\"], \"values\": [1, 2]}}' > a.figure.json", outputs: [a.figure.json]}`:   "a.figure.json: the figure cannot be drawn: values: 2 of 1 values",
	} {
		_, out, err := runCommandStage(t, commandOf(t, text))
		assert.ErrorContains(t, err, want, text)
		assert.NoFileExists(t, filepath.Join(out, table.File))
	}
}

// What is said of outputs is checked before anything runs.
func TestCommandOutputsAreOneThing(t *testing.T) {
	for text, want := range map[string]string{
		`{run: x, outputs: {a.arrow: tabel}}`:                        `found the text "tabel"`,
		`{run: x, outputs: {"*.arrow": table}}`:                      "a pattern cannot be a table",
		`{run: x, outputs: {a.arrow: table, b.arrow: table}}`:        "a stage leaves one table",
		`{run: x, outputs: {a.arrow: split, train.arrow: table}}`:    "a stage leaves one thing",
		`{run: x, outputs: {train.arrow: split}}`:                    "a part of the split is lacking",
		`{run: x, outputs: {train.arrow: split, rest.arrow: split}}`: "which part of the split it is cannot be told",
		`{run: x, outputs: {train.arrow: features}}`:                 "which column of the features is to be predicted",
		`{run: x, outputs: [a], target: y}`:                          "nothing is left as features",
		`{run: x, outputs: [a, a]}`:                                  `"a" stands twice in outputs`,
	} {
		var p commandParams
		assert.ErrorContains(t, params.DecodeString(text, &p), want, text)
	}
	p := commandOf(t, `{run: x, outputs: {plot.png: , a.arrow: table}}`)
	assert.Equal(t, []string{"plot.png"}, p.plain())
	assert.Equal(t, commandOf(t, `{run: x, outputs: a}`).Outputs, commandOf(t, `{run: x, outputs: [a]}`).Outputs)
}

// metrics.json and warnings.json become those of the stage, though nobody declares
// them.
func TestCommandLeavesMetricsAndWarnings(t *testing.T) {
	c, _, err := runCommandStage(t, commandOf(t, `{run: "cat data/x.csv > /dev/null; printf '%s' \"$M\" > metrics.json; printf '%s' \"$W\" > warnings.json", inputs: [data/x.csv]}`))
	require.ErrorContains(t, err, "metrics.json: ", "nothing is no metric")
	require.Empty(t, c.Result().Metrics)
	text := `{run: ["sh", "-c", "echo '{\"mae\": 2.5, \"speed\": {\"value\": 3, \"unit\": \"rows/s\"}}' > metrics.json; echo '[\"slow\", {\"text\": \"odd\", \"column\": \"x\", \"count\": 2}]' > warnings.json"]}`
	c, _, err = runCommandStage(t, commandOf(t, text))
	require.NoError(t, err)
	got := c.Result()
	require.Len(t, got.Metrics, 2)
	assert.Equal(t, metrics.Value{Name: "mae", Value: 2.5, Better: metrics.Lower}, got.Metrics[0])
	assert.Equal(t, metrics.Value{Name: "speed", Value: 3, Unit: "rows/s"}, got.Metrics[1])
	require.Len(t, got.Warnings, 2, "and none about files that were not declared")
	assert.Equal(t, "slow", got.Warnings[0].Text)
	assert.Equal(t, 2, got.Warnings[1].Count)
}

// FuzzCommandLeft holds what reads the files that programs leave to surviving any
// bytes.
func FuzzCommandLeft(f *testing.F) {
	for _, seed := range []string{`{"mae": 1}`, `["a"]`, `{"bars": {"names": ["a"], "values": [1]}}`, `{"fraction": 0.5, "message": "x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := stage.New(context.Background(), stage.Config{})
		for _, take := range []func(*stage.Context, []byte) error{takeMetrics, takeWarnings} {
			if err := take(c, data); err != nil {
				assert.Error(t, inFile("x", err))
			}
		}
		if chart, err := decodeFigure(data); err == nil {
			assert.NoError(t, chart.Check())
		}
		progressOf(c)(data)
	})
}

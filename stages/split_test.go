package stages

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// doSplit runs the kind over what load left in a folder.
func doSplit(t *testing.T, with, loaded string) (string, stage.Result, error) {
	t.Helper()
	kind := split()
	config := stage.Config{Out: t.TempDir(), Params: kind.Params(), Inputs: []*artifact.Artifact{{Stage: "load", Types: []artifact.Type{artifact.Table},
		Files: []artifact.Blob{{Name: table.File, Path: filepath.Join(loaded, table.File)}}}}}
	if err := params.DecodeString(with, config.Params); err != nil {
		return "", stage.Result{}, err
	}
	c := stage.New(context.Background(), config)
	err := kind.Run(c)
	return config.Out, c.Result(), err
}

func TestSplit(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,c,part\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "%d,k%d,%s\n", i, i%7, []string{"train", "test"}[i/800])
	}
	loaded, _, err := doLoad(t, "path: a.csv", 1, "a.csv", b.String())
	require.NoError(t, err)
	for with, rows := range map[string]int{
		"{}":                               -1,
		"{by: stratified, column: c}":      200,
		"{by: time, column: n, test: 0.1}": 100,
		"by: part":                         200,
		"{by: column, column: part}":       200,
	} {
		t.Run(with, func(t *testing.T) {
			out, result, err := doSplit(t, with, loaded)
			require.NoError(t, err)
			train, test := readTable(t, out, partition.FileTrain), readTable(t, out, partition.FileTest)
			assert.Equal(t, 1000, train.Rows()+test.Rows())
			if rows > 0 {
				assert.InDelta(t, rows, test.Rows(), 3)
			}
			assert.Equal(t, train.Rows(), train.Column("n").Seen.Count)
			assert.Equal(t, train.Fields(), test.Fields(), "the test part carries what was seen in training")
			assert.Equal(t, !strings.Contains(with, "part"), train.Column("part") != nil)
			assert.Empty(t, result.Warnings)
			assert.NotEmpty(t, showResult(t, split(), out, result).Blocks)
			var facts splitFacts
			data, err := os.ReadFile(filepath.Join(out, partition.FileFacts))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(data, &facts))
			assert.Equal(t, test.Rows(), facts.Test)
		})
	}
}

func TestSplitErrors(t *testing.T) {
	loaded, _, err := doLoad(t, "path: a.csv", 1, "a.csv", "n\n1\n2\n")
	require.NoError(t, err)
	for with, want := range map[string]string{
		"by: stratified":                     "by: stratified needs a column",
		"{column: n}":                        "by: hash uses no column",
		"{by: n, group: n}":                  "leaves no choice of groups",
		"{gap: 3}":                           "there is a gap only in time",
		"{by: time, column: n, gap: soon}":   "this is no gap",
		"{by: time, column: n, gap: 7d}":     "the gap does not suit n, which is a number",
		"{folds: 1}":                         "one fold leaves nothing to learn from",
		"{repeats: 3}":                       "there are no folds to repeat",
		"test: 1":                            "test",
		"by: part":                           "by names a column that the table does not have; found \"part\"",
		"{by: time, column: n, test: 0.001}": "the test part is empty",
	} {
		_, _, err := doSplit(t, with, loaded)
		require.Error(t, err, with)
		assert.Contains(t, err.Error(), want)
	}
}

// What is declared is kept for whoever divides the rows later, near-duplicates by
// their numbers in their part.
func TestSplitKeepsTheStructure(t *testing.T) {
	text := "the first of four long texts that say one and the same thing to whoever reads them"
	loaded, _, err := doLoad(t, "{path: a.csv, columns: {say: {type: text}}}", 1, "a.csv", "n,g,say\n"+
		"1,a,"+text+"\n2,b,another one that has nothing at all to do with any of the others here\n3,c,"+text+"\n4,d,what nobody else says is said in this one only\n")
	require.NoError(t, err)
	out, _, err := doSplit(t, "{group: g, alike: say, folds: 3, repeats: 2, test: 0.5, seed: 2}", loaded)
	require.NoError(t, err)
	s, err := partition.OpenStructure(outputOf(t, "split", out))
	require.NoError(t, err)
	var facts splitFacts
	require.NoError(t, openFacts(outputOf(t, "split", out), partition.FileFacts, &facts))
	assert.Equal(t, []string{"g"}, s.Groups)
	assert.Equal(t, []int{3, 2}, []int{s.Folds, s.Repeats})
	alike := append(s.Together, facts.Together...)
	require.Len(t, alike, 1, "the two are in one part")
	part := readTable(t, out, partition.FileTrain)
	if len(facts.Together) > 0 {
		part = readTable(t, out, partition.FileTest)
	}
	for _, row := range alike[0] {
		assert.Equal(t, text, part.Column("say").Texts[row])
	}
}

func TestSplitWarnsOfLeaks(t *testing.T) {
	loaded, _, err := doLoad(t, "path: a.csv", 1, "a.csv", "n,c,part\n1,a,train\n2,b,train\n1,a,test\n3,z,test\n")
	require.NoError(t, err)
	_, result, err := doSplit(t, "by: part", loaded)
	require.NoError(t, err)
	require.Len(t, result.Warnings, 2)
	assert.Contains(t, result.Warnings[0].Text, "1 row of the test part found in the training part too")
	assert.Contains(t, result.Warnings[1].Text, "a level of c that no training row has")
}

// A split that another program made is a column of the file. The reference
// assignment's is a file of its own, of row numbers and parts.
func TestSplitOfTheReference(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(read(t, "diamonds/diamonds_xtream.csv")), "\n")
	records, err := csv.NewReader(strings.NewReader(read(t, "notebook/split.csv"))).ReadAll()
	require.NoError(t, err)
	joined := []string{lines[0] + ",part"}
	for _, r := range records[1:] {
		row, err := strconv.Atoi(r[0])
		require.NoError(t, err)
		joined = append(joined, lines[1+row]+","+r[1])
	}
	loaded, result, err := doLoad(t, "{path: a.csv, keep: price > 0 && x * y * z > 0}", 2, "a.csv", strings.Join(joined, "\n"))
	require.NoError(t, err)
	assert.Empty(t, result.Warnings, "its rows are clean")
	out, _, err := doSplit(t, "by: part", loaded)
	require.NoError(t, err)
	assert.Equal(t, 3991, readTable(t, out, partition.FileTrain).Rows())
	assert.Equal(t, 998, readTable(t, out, partition.FileTest).Rows())
	assert.Nil(t, readTable(t, out, partition.FileTest).Column("part"))
	assert.Equal(t, table.Number, readTable(t, out, partition.FileTest).Column("price").Type)
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(testdata.Shared(t, name))
	require.NoError(t, err)
	return strings.ReplaceAll(string(data), "\r", "")
}

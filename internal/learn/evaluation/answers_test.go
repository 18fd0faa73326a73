package evaluation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
)

// openAnswers reads the two files of predictions made elsewhere.
func openAnswers(t *testing.T, info, rows []byte) (*evaluation.Answers, error) {
	a := &artifact.Artifact{Stage: "theirs", Types: []artifact.Type{artifact.Answers}}
	for name, data := range map[string][]byte{evaluation.FileAnswersInfo: info, evaluation.FileAnswers: rows} {
		file := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(file, data, 0o666))
		a.Files = append(a.Files, artifact.Blob{Name: name, Path: file, Size: int64(len(data))})
	}
	return evaluation.OpenAnswers(a)
}

// answerRows gives a table of answers as it is kept.
func answerRows(t testing.TB, columns ...*table.Column) []byte {
	file := filepath.Join(t.TempDir(), evaluation.FileAnswers)
	require.NoError(t, table.New(columns...).WriteFile(file))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

func numbers(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

func words(name string, codes ...int32) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: []string{"a", "b"}}, Codes: codes}
}

func TestAnswersOfOtherTypes(t *testing.T) {
	info := []byte(`{"test": "d1", "column": "said"}`)
	_, err := openAnswers(t, info, answerRows(t, numbers("row", 1, 2), words("probability/a", 0, 1)))
	assert.ErrorContains(t, err, `column "probability/a" is a category, and no number`)
	_, err = openAnswers(t, info, answerRows(t, numbers("prediction", 1, 2)))
	assert.ErrorContains(t, err, `there is no column "row"`)

	c := classification(2, []string{"a", "b"})
	c.Digest = "d1"
	said, err := openAnswers(t, info, answerRows(t, numbers("row", 1, 2), words("prediction", 1, -1)))
	require.NoError(t, err)
	_, err = said.Candidate(&c, "theirs", "")
	assert.ErrorContains(t, err, `theirs predicts something else than label; found a category in column "said", wanted a class in each row`)
}

// FuzzAnswers: whatever the two files hold, it is an answer for each row, or an error.
func FuzzAnswers(f *testing.F) {
	info := []byte(`{"test": "d1", "level": 0.9, "column": "said"}`)
	f.Add(info, answerRows(f, numbers("row", 1, 2), numbers("prediction", 3, 4), numbers("low", 2, 3), numbers("high", 4, 5)))
	f.Add(info, answerRows(f, numbers("row", 1, 2), words("prediction", 1, -1), numbers("probability/a", 0.5, 0), numbers("probability/b", 0.5, 1)))
	f.Add([]byte(`{"test": 1}`), []byte("ARROW1"))
	number, class := regression(2), classification(2, []string{"a", "b"})
	class.Digest = number.Digest
	f.Fuzz(func(t *testing.T, info, rows []byte) {
		said, err := openAnswers(t, info, rows)
		if err != nil {
			return
		}
		for _, c := range []*evaluation.Case{&number, &class} {
			given, err := said.Candidate(c, "theirs", "")
			if err != nil {
				continue
			}
			if given.Given.Predicted != nil {
				assert.Len(t, given.Given.Predicted, 2)
			}
			if given.Interval != nil {
				_, _, err = given.Interval(c.Test)
				assert.NoError(t, err)
			}
		}
	})
}

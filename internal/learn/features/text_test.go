package features

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
	"labbook/internal/learn/text"
)

// letters is a table with a text, a number, a category and a label.
func letters(n int) *table.Table {
	body := &table.Column{Field: table.Field{Name: "body", Type: table.Text}}
	size := &table.Column{Field: table.Field{Name: "size", Type: table.Number}}
	colour := &table.Column{Field: table.Field{Name: "colour", Type: table.Category, Levels: []string{"blue", "red"}}}
	label := &table.Column{Field: table.Field{Name: "label", Type: table.Category, Levels: []string{"a", "b"}}}
	for i := range n {
		body.Texts = append(body.Texts, fmt.Sprintf("common word%d tail%d", i%3, i%5))
		size.Num = append(size.Num, float64(i%4))
		colour.Codes = append(colour.Codes, int32(i%2))
		label.Codes = append(label.Codes, int32(i/2%2))
	}
	return table.New(body, size, colour, label)
}

// files is a folder in memory.
type files map[string][]byte

func (f files) write(name string, data []byte) error { f[name] = data; return nil }

func (f files) read(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return data, nil
	}
	return nil, errors.New("no file " + name)
}

func TestTextBesideOtherColumns(t *testing.T) {
	o := Defaults()
	o.Target, o.Text.Weight = "label", "count"
	tab := letters(30)
	f, err := FitWith(tab, o, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"common", "tail0", "tail1", "tail2", "tail3", "tail4", "word0", "word1", "word2", "size", "colour=red"}, f.Names())
	x, err := f.TransformWith(tab, 3)
	require.NoError(t, err)
	columns, values := x.SparseRow(7) // word1, tail2, size 3, red
	assert.Equal(t, []int32{0, 3, 7, 9, 10}, columns)
	assert.Equal(t, []float64{1, 1, 1, 3, 1}, values)
	assert.Equal(t, "counts of single words", f.Describe()[0].How)

	disk := files{}
	require.NoError(t, f.Save(disk.write))
	assert.Len(t, disk, 2)
	loaded, err := Load(disk.read)
	require.NoError(t, err)
	again, err := loaded.Transform(tab)
	require.NoError(t, err)
	assert.Equal(t, x, again)
	assert.ErrorContains(t, json.Unmarshal(disk[File], new(Features)), "needs its vocabulary")
}

func TestTextsWithTheSameTermsHaveNamesOfTheirOwn(t *testing.T) {
	tab := letters(30)
	second := *tab.Column("body")
	second.Name = "title"
	tab = table.New(append(tab.Columns, &second)...)
	o := Defaults()
	o.Target, o.Select = "label", []string{"body", "title"}
	special := text.Default()
	special.MinDF = 7
	o.Columns = map[string]Column{"title": {Text: &special}}
	f, err := Fit(tab, o)
	require.NoError(t, err)
	assert.Equal(t, "body: common", f.Names()[0])
	assert.Equal(t, []string{"title: common", "title: word0", "title: word1", "title: word2"}, f.Names()[9:])
}

func TestTextThatNamesTheRows(t *testing.T) {
	tab := letters(10)
	for i := range tab.Columns[0].Texts {
		tab.Columns[0].Texts[i] = fmt.Sprintf("r%03d", i)
	}
	o := Defaults()
	o.Target = "label"
	f, err := Fit(tab, o)
	require.NoError(t, err)
	assert.Equal(t, []string{"size", "colour=red"}, f.Names())
	assert.Contains(t, f.Findings[0].Text, "names the rows")
}

func FuzzLoad(f *testing.F) {
	o := Defaults()
	o.Target = "label"
	fitted, err := Fit(letters(20), o)
	require.NoError(f, err)
	disk := files{}
	require.NoError(f, fitted.Save(disk.write))
	f.Add(disk[File], disk[FileVocabulary])
	f.Add(disk[File], disk[FileVocabulary][:40])
	f.Fuzz(func(t *testing.T, fitted, vocabulary []byte) {
		loaded, err := Load(files{File: fitted, FileVocabulary: vocabulary}.read)
		if err != nil {
			return
		}
		_, _ = loaded.Transform(letters(3))
	})
}

func BenchmarkLoad(b *testing.B) {
	body := &table.Column{Field: table.Field{Name: "body", Type: table.Text}}
	label := &table.Column{Field: table.Field{Name: "label", Type: table.Category, Levels: []string{"a", "b"}}}
	for i := range 2000 {
		var doc []byte
		for k := range 250 {
			doc = fmt.Appendf(doc, "w%d ", (i*7919+k*k*31)%30000)
		}
		body.Texts, label.Codes = append(body.Texts, string(doc)), append(label.Codes, int32(i%2))
	}
	o := Defaults()
	o.Target, o.Text.NGrams = "label", []int{1, 2}
	f, err := Fit(table.New(body, label), o)
	require.NoError(b, err)
	disk := files{}
	require.NoError(b, f.Save(disk.write))
	b.ReportMetric(float64(len(f.Names())), "terms")
	for b.Loop() {
		_, err := Load(disk.read)
		require.NoError(b, err)
	}
}

// Nothing is known of a text without a term of the vocabulary. An empty one is
// missing, which is another matter.
func TestTextsWithNothingInCommon(t *testing.T) {
	o := Defaults()
	o.Target, o.Text.Weight = "label", "count"
	f, err := FitWith(letters(30), o, 1)
	require.NoError(t, err)
	asked := letters(4)
	asked.Column("body").Texts = []string{"word1 unheard", "wholly unheard", "", " "}
	x, err := f.Transform(asked)
	require.NoError(t, err)
	found := f.Strange(asked, x)
	require.Len(t, found, 1)
	assert.Equal(t, "body", found[0].Column)
	assert.Equal(t, 2, found[0].Count)
	assert.Contains(t, found[0].Text, "body has nothing in common with any text in training")
	x, err = f.Transform(letters(30))
	require.NoError(t, err)
	assert.Empty(t, f.Strange(letters(30), x))
}

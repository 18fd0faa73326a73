package stages

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/corpus"
	"labbook/runner/stage"
)

type corpusParams struct {
	Vocabulary string         `yaml:"vocabulary" doc:"File that says what the labels are and what they talk about, relative to the project."`
	File       string         `yaml:"file" doc:"Name of the CSV file to write; load reads it as STAGE:FILE."`
	Text       string         `yaml:"text" doc:"Name of the column of the documents."`
	Label      string         `yaml:"label" doc:"Name of the column of the labels."`
	Numbered   bool           `yaml:"numbered" doc:"Whether labels are written as their numbers, from 0, instead of their names."`
	Write      corpus.Options `yaml:"write" doc:"How many documents, and how hard to tell apart."`
}

// corpusKind writes labelled documents.
func corpusKind() stage.Kind {
	return stage.Kind{
		Name:    "corpus",
		Version: 1,
		Doc: `Writes a corpus of labelled documents from a declared vocabulary, where the real one cannot be shipped.

The vocabulary is a YAML file of labels, each with a weight, its siblings and its lists of words and phrases, of lists that
all share, and of the beginnings, parts and endings that documents are put together from; its entries are templates such as
` + "`{^verb} {object} with {2-4 tool}.`" + ` The options under write say how hard the documents are to tell apart. The same
vocabulary and options give the same bytes.`,
		Params: func() any {
			return &corpusParams{File: "corpus.csv", Text: "text", Label: "label", Write: corpus.Defaults()}
		},
		Makes: []artifact.Type{artifact.Files},
		Files: func(p any) []string { return []string{p.(*corpusParams).Vocabulary} },
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			p := a.Params.(*corpusParams)
			return stage.Columns{p.File: {p.Text, p.Label}}, nil
		},
		Cores: func(_ any, available int) int { return available },
		Run:   runCorpus,
	}
}

// Resolve implements what stage.Kind.Params asks for.
func (p *corpusParams) Resolve() error {
	switch {
	case p.Vocabulary == "":
		return params.Fault("vocabulary", "no vocabulary is named", "a YAML file", "write vocabulary: data/NAME.yaml")
	case p.File == "" || p.Text == "" || p.Label == "" || p.Text == p.Label:
		return params.Fault("file", "file, text and label need names, and the columns two different ones", "", "leave them out for corpus.csv, text and label")
	}
	return nil
}

func runCorpus(c *stage.Context) error {
	p := stage.Params[corpusParams](c)
	if len(c.Files()) != 1 {
		return &diag.Error{What: "the vocabulary " + p.Vocabulary + " is not there", Hint: "check the path; it is relative to the project"}
	}
	text, err := os.ReadFile(c.Files()[0].Abs)
	if err != nil {
		return err
	}
	v, err := corpus.Parse(p.Vocabulary, text)
	if err != nil {
		return err
	}
	docs, err := corpus.Write(v, p.Write, c.Cores())
	if err != nil {
		return err
	}
	if err := writeCorpus(c, p, v.Labels.Keys(), docs); err != nil {
		return err
	}
	showCorpus(c, v, docs)
	return nil
}

func writeCorpus(c *stage.Context, p *corpusParams, labels []string, docs []corpus.Document) error {
	f, err := c.Create(p.File)
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(f)
	w.Write([]string{p.Text, p.Label})
	for _, d := range docs {
		label := labels[d.Label]
		if p.Numbered {
			label = strconv.Itoa(d.Label)
		}
		w.Write([]string{d.Text, label})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Close()
}

// showCorpus says how many documents there are of each label, and how many
// labels are wrong.
func showCorpus(c *stage.Context, v *corpus.Vocabulary, docs []corpus.Document) {
	size, wrong, counts := 0, 0, make([]int, len(v.Labels))
	for _, d := range docs {
		size += len(d.Text)
		counts[d.Truth]++
		if d.Label != d.Truth {
			wrong++
		}
	}
	c.Metric(metrics.Value{Name: "documents", Value: float64(len(docs)), Unit: "rows"})
	c.Cell().Markdown(fmt.Sprintf("%s of %s in all, written by chance and a seed: none of them is real. On purpose, %s got a wrong label.",
		human.Count(len(docs), "document"), human.Bytes(int64(size)), human.Count(wrong, "document")))
	t := notebook.Table{Columns: []string{"label", "documents", "siblings"}, Align: "lrl"}
	for i, l := range v.Labels {
		t.Rows = append(t.Rows, []string{l.Key, human.Int(counts[i]), shorten(l.Value.Siblings, 6)})
	}
	c.Cell().Table(t)
}

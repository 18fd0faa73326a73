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

// corpusParams are the parameters of the kind corpus.
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
		Version: 2,
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

		Show: showCorpus, ShowVersion: 2,
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

// runCorpus leaves one CSV file of two columns, a document a row, in an order
// that the seed gives. The true label of a document is not in it where a wrong
// one was given on purpose; how many those are is told, and measured is only
// the number of documents.
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
	c.Metric(metrics.Value{Name: "documents", Value: float64(len(docs)), Unit: "rows"})
	return c.Tell(tellCorpus(v, docs))
}

// writeCorpus writes the file. Errors of single rows are those of the writer,
// which keeps the first.
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

// corpusTold is what the file does not say of its documents.
type corpusTold struct {
	Documents int           `json:"documents"`
	Bytes     int64         `json:"bytes"`
	Wrong     int           `json:"wrong"` // of them with another label than the true one
	Labels    []corpusLabel `json:"labels"`
}

// corpusLabel is a label with what the vocabulary says of it.
type corpusLabel struct {
	Label     string   `json:"label"`
	Documents int      `json:"documents"` // of which it is the true one
	Siblings  []string `json:"siblings,omitempty"`
}

// tellCorpus counts the documents of each label, and those with a wrong one.
func tellCorpus(v *corpus.Vocabulary, docs []corpus.Document) corpusTold {
	told := corpusTold{Documents: len(docs)}
	for _, l := range v.Labels {
		told.Labels = append(told.Labels, corpusLabel{Label: l.Key, Siblings: l.Value.Siblings})
	}
	for _, d := range docs {
		told.Bytes += int64(len(d.Text))
		told.Labels[d.Truth].Documents++
		if d.Label != d.Truth {
			told.Wrong++
		}
	}
	return told
}

// showCorpus says how many documents there are of each label, and how many
// labels are wrong.
func showCorpus(s *stage.Shown) error {
	var told corpusTold
	if err := s.Facts(&told); err != nil {
		return err
	}
	s.Cell.Markdown(fmt.Sprintf("%s of %s in all, written by chance and a seed: none of them is real. On purpose, %s got a wrong label.",
		human.Count(told.Documents, "document"), human.Bytes(told.Bytes), human.Count(told.Wrong, "document")))
	t := notebook.Table{Columns: notebook.Columns("label", "documents", "siblings")}
	for _, l := range told.Labels {
		t.Row(notebook.Text(l.Label), notebook.Count(l.Documents), notebook.Texts(l.Siblings, 6))
	}
	s.Cell.Table(t)
	return nil
}

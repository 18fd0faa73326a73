// Package shipped gives the benchmarks the data that comes with the project and
// is in no file.
package shipped

import (
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"labbook/internal/base/params"
	"labbook/internal/learn/corpus"
)

// Resumes writes the corpus of the resumes pipeline. It reads the declarations
// of the project in the working directory.
func Resumes() (texts, labels []string, err error) {
	text, err := os.ReadFile("data/resumes.yaml")
	if err != nil {
		return nil, nil, err
	}
	v, err := corpus.Parse("data/resumes.yaml", text)
	if err != nil {
		return nil, nil, err
	}
	o, err := declared()
	if err != nil {
		return nil, nil, err
	}
	written, err := corpus.Write(v, o, 2)
	for _, w := range written {
		texts, labels = append(texts, w.Text), append(labels, v.Labels[w.Label].Key)
	}
	return texts, labels, err
}

// declared gives the options that the resumes pipeline writes its corpus with.
func declared() (corpus.Options, error) {
	o := corpus.Defaults()
	text, err := os.ReadFile("pipelines/resumes.yaml")
	if err != nil {
		return o, err
	}
	path, err := yaml.PathString("$.stages.corpus.with.write")
	if err != nil {
		return o, err
	}
	write, err := path.ReadNode(strings.NewReader(strings.ReplaceAll(string(text), "${params.seed}", "42")))
	if err != nil {
		return o, err
	}
	err = params.DecodeString(write.String(), &o)
	return o, err
}

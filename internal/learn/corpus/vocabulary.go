package corpus

import (
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

// Vocabulary is what documents are written from: the content of a YAML file.
//
// Everything that is written is an entry of a list, and entries are templates
// (see template). A list below a label is what that label says in its place;
// every label has the same lists. So it is with topics. The other lists are
// common to all.
//
// The entries of names are filled in once for each name that a document uses,
// of parts drawn from whole lists: there are more names than anyone could list,
// most stand in few documents, and there again and again.
type Vocabulary struct {
	Labels params.Map[Label]         `yaml:"labels" doc:"The labels in the order of their numbers."`
	Topics params.Map[Topic]         `yaml:"topics" doc:"What documents of any label are about besides: each has one, and parts of it may have others."`
	Lists  map[string]params.Strings `yaml:"lists" doc:"Lists that all share, by name."`
	Names  map[string]params.Strings `yaml:"names" doc:"Lists that all share of names, which a document makes up for itself and then keeps to."`
	Head   params.Strings            `yaml:"head" doc:"How a document can begin."`
	Body   params.Strings            `yaml:"body" doc:"Parts that follow, one after the other until the document has its length."`
	Tail   params.Strings            `yaml:"tail" doc:"How it can end."`
}

// Label is one of the classes.
type Label struct {
	Weight   float64                   `yaml:"weight" range:"(0,)" doc:"How frequent it is, relative to the others."`
	Siblings params.Strings            `yaml:"siblings" doc:"Labels that it is easily mistaken for."`
	Lists    map[string]params.Strings `yaml:"lists" doc:"What it says, by name; all labels have the same lists."`
}

// Topic is a subject that does not depend on the label.
type Topic struct {
	Lists map[string]params.Strings `yaml:"lists" doc:"What it says, by name; all topics have the same lists."`
}

// SetDefaults implements what package params asks for.
func (l *Label) SetDefaults() { l.Weight = 1 }

// Parse reads a vocabulary; file is what messages call it. The error is a
// *diag.Error or a diag.List.
func Parse(file string, text []byte) (*Vocabulary, error) {
	n, err := tree.Parse(file, text)
	if err != nil {
		return nil, err
	}
	v := new(Vocabulary)
	if err := params.Decode(n, v); err != nil {
		return nil, err
	}
	_, err = v.compile()
	return v, err
}

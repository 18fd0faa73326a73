// Package stage is the contract between the runner and the kinds of stages:
// what a kind is, and the Context through which a running stage meets the
// world. The runner knows no kind; a kind knows nothing of the runner but this.
package stage

import (
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/base/params"
)

// Kind is an implementation of a stage: one value in the list of stages.All.
type Kind struct {
	// Name is what a pipeline says in `uses`.
	Name string
	// Version is part of every key: raise it when the output for the same
	// input and parameters changes.
	Version int
	// Doc is Markdown for people; its first sentence is the summary.
	Doc string
	// Params gives a new pointer to a struct that holds the defaults, which
	// the pipeline's `with` is decoded over (see package params for the field
	// tags). Nil: the kind takes no parameters.
	//
	// If the struct has a method `Resolve() error` it is called after
	// decoding, to check values that depend on one another.
	Params func() any
	// Reads says what may stand in `from` after groups are expanded: each stage
	// goes to the first port that takes what it makes. Nil: nothing.
	Reads []Port
	// Makes gives the types of the output, whose files it must have.
	Makes []artifact.Type
	// MakesOf gives these types where the parameters decide them. Nil: they are
	// Makes whatever the parameters.
	MakesOf func(params any) []artifact.Type
	// Anonymous says that the output does not depend on what the stages in
	// `from` are called: then renaming one is no reason to run again, and
	// Artifact.Stage is empty. Otherwise their names are part of the key.
	Anonymous bool
	// Files gives the patterns of the files outside the cache that the stage
	// reads, relative to the project. The runner expands and digests them
	// before the stage runs and proves them unmoved after it. Nil: none.
	Files func(params any) []string
	// Unfit says why a file that is so large that it takes long to be hashed cannot be
	// read, which its beginning may show. Nil: whatever is wrong is said by Run.
	Unfit func(params any, f File) error
	// Tools gives the programs outside the project that the output depends on.
	// The runner finds them, and what they are stands in the key. Nil: none.
	Tools func(params any) []Tool
	// Asks is how stages ask somebody outside the project before their keys are made:
	// the runner keeps the answer, and Context.Answer gives it. Nil: none does.
	Asks *Asker
	// Aside gives the folder of the project that copies of what the stage leaves out
	// belong into (Context.SetAside), and the parameter that names it; "" for none.
	// Whether it can be written there is tried before anything works. Nil: stages
	// leave nothing out.
	Aside func(params any) (folder, param string)
	// Advice is what a person should know of a declaration that is right and
	// may not mean what it seems to; `labbook check` prints it. Nil: none.
	Advice func(params any) []diag.Error
	// Columns looks ahead, before anything runs: it gives the columns of the
	// tables that the stage will make, and says which parameters name a column
	// that will not be there. The error is made by params.Fault, or holds several
	// by errors.Join; the runner gives each its place. What cannot be told from
	// the parameters, the stages above and the head of a file is no error, and
	// left out. A kind any of whose parameters names columns must have it. Nil:
	// none does, and nobody can name a column of what it makes.
	Columns func(*Ahead) (Columns, error)
	// Parts gives the versions of what the output depends on besides the kind
	// itself, such as the estimator that train fits: they stand in the key
	// among the parameters. Nil: none.
	Parts func(params any) []params.Line
	// Cores says how many cores a stage with these parameters can use, of
	// those there are; the runner grants that many or fewer. Nil: one.
	Cores func(params any, available int) int
	// Run does the work. It must give the same bytes for the same inputs and
	// parameters, whatever the granted cores, the time and the place. An error
	// about a parameter is one of params.Fault; the runner gives it its place.
	Run func(*Context) error
	// Show makes the stage's cell of the notebook from what Run left, when a page
	// needs it. Nothing runs again because of it: a cell is kept under what it was
	// made from, with ShowVersion. One that cannot be made says so in its place.
	// Nil: the stage has no cell.
	Show func(*Shown) error
	// ShowVersion is to be raised when Show makes another cell of the same
	// output; pages then show the stage anew.
	ShowVersion int
	// Acts says that Run reads or changes more than it declares to read and
	// its output: the registry. Such a stage rests on results that outlive a
	// power cut, is not verified by being made again, and always runs where
	// the project is.
	Acts bool
	// Mutes says that Run asks for Context.Mutes: what the pipeline mutes then
	// stands in the key. For others it is a matter of what is shown, and no reason
	// to run.
	Mutes bool
	// Stands reports whether the recorded effect of an earlier execution
	// outside the cache still holds (a registered version still exists), and
	// if not why. out is what that execution left. Only kinds that act have
	// one; nil: the effect needs no second look.
	Stands func(c *Context, out *artifact.Artifact) (ok bool, why string)
}

// Tool is a program that is no file of the project.
type Tool struct {
	// Name is looked up in PATH, or is an absolute path. The digest of the
	// program's bytes stands in the key.
	Name string
	// Ask is, if not empty, a program with its arguments that tells the tool's
	// version. What it prints stands in the key instead of the digest; it is
	// asked once in a run.
	Ask []string
}

// Kinds is an ordered list of kinds.
type Kinds []Kind

// Lookup gives the kind of that name, or nil.
func (ks Kinds) Lookup(name string) *Kind {
	for i := range ks {
		if ks[i].Name == name {
			return &ks[i]
		}
	}
	return nil
}

// Names gives the names in the list's order.
func (ks Kinds) Names() []string {
	names := make([]string, len(ks))
	for i := range ks {
		names[i] = ks[i].Name
	}
	return names
}

// Validate panics when the list breaks the contract: a mistake in the program,
// found at its first start.
func (ks Kinds) Validate() {
	seen := map[string]bool{}
	for _, k := range ks {
		switch {
		case !kindName().MatchString(k.Name) || seen[k.Name]:
			panic(fmt.Sprintf("stage: kind name %q is not one or stands twice", k.Name))
		case k.Version < 1 || k.Doc == "" || k.Run == nil:
			panic(fmt.Sprintf("stage: kind %q lacks Version, Doc or Run", k.Name))
		case (k.Show != nil) != (k.ShowVersion > 0):
			panic(fmt.Sprintf("stage: kind %q lacks Show or ShowVersion and has the other", k.Name))
		case k.Stands != nil && !k.Acts:
			panic(fmt.Sprintf("stage: kind %q has an effect that may stand, and does not say that it acts", k.Name))
		}
		seen[k.Name] = true
	}
}

var kindName = lazy.Regexp(`^[a-z][a-z0-9-]*$`)

// Package stages holds the kinds of stages: one file each, and one line in the
// list below. What a kind does beyond a screenful lives in internal packages;
// here stands what a person reads to know what a stage takes and makes.
//
// A file NAME.go declares the parameters of its kind as a struct, whose tags are
// the documentation, the defaults' types and the schema at once; the kind itself;
// and the function that runs it. What it shows stands in NAME_cell.go. All keep
// to the same rules:
//
//   - An output has exactly the files of the types that the kind makes. The
//     package that knows a type names its files and has the function that opens
//     it; no kind knows the files of another.
//   - The bytes depend on the parameters and the inputs alone: not on cores,
//     time or place. What an output depends on besides, the versions of
//     estimators or tools, is told by Parts and Tools, and so stands in the key.
//   - Metrics are what runs are compared by, warnings what a person should act on.
//     What only the cell needs is told (Context.Tell): it is no part of the
//     output, so that followers do not run again for it.
//   - An error about a parameter is a params.Fault of its path, which the runner
//     turns into file and line. All others say what was found, what was wanted
//     and what to do (diag.Error). An error that is not the user's passes through.
//   - Show reads the output and what was told, and nothing else, and leaves values:
//     how a number or a figure looks is not known here.
package stages

import (
	"labbook/internal/store/registry"
	"labbook/runner/stage"
)

// Deps is what kinds with effects outside the cache act on. Kinds are described
// without it; they cannot run without it.
type Deps struct {
	Registry *registry.Registry
	// Trials keeps the trials of searches, so that one that was killed goes
	// on where it was; nil keeps none.
	Trials Trials
}

// All lists the kinds, in the order in which people meet them. To add one,
// write its file and add a line; conformance, golden runs, documentation,
// completion and the schema for editors follow from the list. Without Deps
// kinds can be described and checked, but those that act cannot run.
func All(d Deps) stage.Kinds {
	return stage.Kinds{
		load(),
		exploreKind(),
		split(),
		featuresKind(),
		train(d.Trials),
		predictionsKind(),
		evaluate(),
		register(d.Registry),
		serving(),
		command(),
		corpusKind(),
	}
}

// Package stages holds the kinds of stages: one file each, and one line in the
// list below. What a kind does beyond a screenful lives in internal packages;
// here stands what a person reads to know what a stage takes and makes.
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
// write its file and add a line.
func All(d Deps) stage.Kinds {
	return stage.Kinds{
		load(),
		exploreKind(),
		split(),
		featuresKind(),
		train(d.Trials),
		evaluate(),
		register(d.Registry),
		serving(),
		command(),
		corpusKind(),
	}
}

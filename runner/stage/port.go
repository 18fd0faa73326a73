package stage

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
)

// Port is a way into a kind: how many artifacts of some types it reads.
type Port struct {
	Types    []artifact.Type // any of them will do; nil: whatever there is
	Min, Max int             // Max < 0: no bound
}

// One is a port for exactly one artifact of one of these types.
func One(types ...artifact.Type) Port { return Port{types, 1, 1} }

// Some is a port for at least so many artifacts of one of these types.
func Some(least int, types ...artifact.Type) Port { return Port{types, least, -1} }

// Takes says whether an artifact of these types may come in here.
func (p Port) Takes(made []artifact.Type) bool {
	return p.Types == nil || slices.ContainsFunc(p.Types, func(t artifact.Type) bool { return slices.Contains(made, t) })
}

// Port gives the number of the port that an artifact of these types goes to, -1
// if none takes it.
func (k *Kind) Port(made []artifact.Type) int {
	return slices.IndexFunc(k.Reads, func(p Port) bool { return p.Takes(made) })
}

// ReadsWords says what may stand in `from`: "a split and at least 1 model".
func (k *Kind) ReadsWords() string {
	if len(k.Reads) == 0 {
		return "nothing"
	}
	words := make([]string, len(k.Reads))
	for i, p := range k.Reads {
		words[i] = p.words()
	}
	return strings.Join(words, " and ")
}

func (p Port) words() string {
	names := make([]string, len(p.Types))
	for i, t := range p.Types {
		if names[i] = t.Noun(1); p.Max != 1 {
			names[i] = string(t)
		}
	}
	what := strings.Join(names, " or ")
	switch {
	case p.Types == nil && p.Max < 0:
		return "any number of stages"
	case p.Types == nil:
		return fmt.Sprintf("%d to %d stages", p.Min, p.Max)
	case p.Max == 1 && p.Min == 1:
		return what
	case p.Max < 0 && p.Min == 0:
		return "any number of " + what
	case p.Max < 0:
		return fmt.Sprintf("at least %d %s", p.Min, what)
	}
	return fmt.Sprintf("%d to %d %s", p.Min, p.Max, what)
}

// MakesWords says what the kind makes: "an evaluation and predictions".
func (k *Kind) MakesWords() string {
	if k.MakesOf != nil {
		return TypesWords(k.Makes) + ", or what its parameters say"
	}
	return TypesWords(k.Makes)
}

// TypesWords says what an artifact of these types is: "an evaluation and predictions".
func TypesWords(types []artifact.Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.Noun(1)
	}
	return strings.Join(words, " and ")
}

package pipeline

import (
	"strconv"

	"labbook/internal/base/human"
	"labbook/internal/base/tree"
)

// Declaration gives the stage as YAML, as it stands after variants and
// parameters were put in: what the report shows.
func (s *Stage) Declaration() string {
	n := &tree.Node{Kind: tree.Map}
	put := func(key string, value *tree.Node) {
		n.Pairs = append(n.Pairs, tree.Pair{Key: &tree.Node{Kind: tree.Scalar, Text: key}, Value: value})
	}
	word := func(text string) *tree.Node { return &tree.Node{Kind: tree.Scalar, Plain: true, Text: text} }
	put("uses", word(s.Kind.Name))
	for _, links := range []struct {
		key    string
		stages []*Stage
	}{{"from", s.From}, {"needs", s.Needs}} {
		list := &tree.Node{Kind: tree.List}
		for _, to := range links.stages {
			list.Items = append(list.Items, word(to.Name))
		}
		switch len(list.Items) {
		case 0:
		case 1:
			put(links.key, list.Items[0])
		default:
			put(links.key, list)
		}
	}
	if with, err := tree.Read(s.with, s.files); err == nil && with.Kind != tree.Null {
		put("with", with)
	}
	if len(s.Env) > 0 {
		list := &tree.Node{Kind: tree.List}
		for _, name := range s.Env {
			list.Items = append(list.Items, word(name))
		}
		put("env", list)
	}
	if s.Timeout > 0 {
		put("timeout", word(s.Timeout.String()))
	}
	if s.Retries > 0 {
		put("retries", word(strconv.Itoa(s.Retries)))
	}
	switch {
	case s.Cores == AllCores:
		put("cores", word("all"))
	case s.Cores > 0:
		put("cores", word(strconv.Itoa(s.Cores)))
	}
	if s.Memory > 0 {
		put("memory", word(human.Bytes(s.Memory)))
	}
	if s.On != "" {
		put("on", word(s.On))
	}
	if s.Fresh > 0 {
		put("fresh", word(fresh(s.Fresh).String()))
	}
	if s.Publish != "" {
		put("publish", word(s.Publish))
	}
	return tree.Format(n)
}

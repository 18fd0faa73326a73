package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
)

// compiled is a vocabulary whose templates are parsed and whose names are known.
type compiled struct {
	labels   []lists
	topics   []lists
	common   lists
	names    lists
	siblings [][]int // per label
}

type lists map[string][]template

// The names under which the frame of a document is kept among the common lists;
// no template can use them.
const head, body, tail = "(head)", "(body)", "(tail)"

func (v *Vocabulary) compile() (*compiled, error) {
	if len(v.Labels) == 0 || len(v.Body) == 0 {
		return nil, fault("a vocabulary needs labels and a body", "", "labels: and body:", "")
	}
	c := &compiled{common: lists{}}
	for _, entry := range v.Labels {
		siblings, err := v.siblings(entry.Key, entry.Value)
		if err != nil {
			return nil, err
		}
		own, err := parseLists(entry.Value.Lists)
		if err != nil {
			return nil, err
		}
		c.labels, c.siblings = append(c.labels, own), append(c.siblings, siblings)
	}
	for _, entry := range v.Topics {
		own, err := parseLists(entry.Value.Lists)
		if err != nil {
			return nil, err
		}
		c.topics = append(c.topics, own)
	}
	var err error
	if c.common, err = parseLists(v.Lists); err != nil {
		return nil, err
	}
	if c.names, err = parseLists(v.Names); err != nil {
		return nil, err
	}
	frame, err := parseLists(map[string]params.Strings{head: orEmpty(v.Head), body: v.Body, tail: orEmpty(v.Tail)})
	if err != nil {
		return nil, err
	}
	maps.Copy(c.common, frame)
	if err := alike("labels", v.Labels.Keys(), c.labels); err != nil {
		return nil, err
	}
	if err := alike("topics", v.Topics.Keys(), c.topics); err != nil {
		return nil, err
	}
	return c, c.check()
}

func (v *Vocabulary) siblings(name string, l Label) ([]int, error) {
	names := v.Labels.Keys()
	var siblings []int
	for _, s := range l.Siblings {
		at := slices.Index(names, s)
		if at < 0 {
			return nil, fault("label "+name+" has a sibling that is no label", s, "one of the labels", diag.DidYouMean(s, names))
		}
		siblings = append(siblings, at)
	}
	return siblings, nil
}

func orEmpty(list params.Strings) params.Strings {
	if len(list) == 0 {
		return params.Strings{""}
	}
	return list
}

// parseLists parses the entries of lists.
func parseLists(from map[string]params.Strings) (lists, error) {
	parsed := lists{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if len(from[name]) == 0 {
			return nil, fault("list "+name+" is empty", "", "at least one entry", "")
		}
		for _, entry := range from[name] {
			t, err := parse(entry)
			if err != nil {
				return nil, err
			}
			parsed[name] = append(parsed[name], t)
		}
	}
	return parsed, nil
}

// alike checks that labels, or topics, have lists of the same names.
func alike(what string, names []string, all []lists) error {
	for i := range all {
		wanted, found := slices.Sorted(maps.Keys(all[0])), slices.Sorted(maps.Keys(all[i]))
		if !slices.Equal(wanted, found) {
			return fault(fmt.Sprintf("the %s %s and %s have different lists", what, names[0], names[i]),
				strings.Join(found, ", "), strings.Join(wanted, ", "), "give all "+what+" the same lists")
		}
	}
	return nil
}

// check finds names of no list or of two, and lists that would hold themselves
// for ever.
func (c *compiled) check() error {
	sorts, uses := map[string]int{}, map[string][]string{}
	for _, all := range [][]lists{c.labels, c.topics, {c.common}, {c.names}} {
		for i, of := range all {
			for name, entries := range of {
				if i == 0 {
					sorts[name]++
				}
				for _, t := range entries {
					uses[name] = append(uses[name], t.lists()...)
				}
			}
		}
	}
	s := &search{sorts: sorts, uses: uses, state: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(sorts)) {
		if err := s.visit(name, name); err != nil {
			return err
		}
	}
	return nil
}

// search walks through lists that use lists.
type search struct {
	sorts map[string]int // per name: under how many of labels, topics, lists and names it stands
	uses  map[string][]string
	state map[string]int // open or done
}

const open, done = 1, 2

func (s *search) visit(name, from string) error {
	switch {
	case s.sorts[name] > 1:
		return fault("two lists are called "+name, "", "one under labels, topics, lists or names", "rename one")
	case s.sorts[name] == 0:
		return fault(fmt.Sprintf("an entry of %s asks for a list that is not there", from), "{"+name+"}", "the name of a list",
			diag.DidYouMean(name, slices.Sorted(maps.Keys(s.sorts))))
	case s.state[name] == open:
		return fault("list "+name+" holds itself", "", "lists that come to an end", "remove {"+name+"} from the entries of "+from)
	case s.state[name] == done:
		return nil
	}
	s.state[name] = open
	slices.Sort(s.uses[name])
	for _, next := range slices.Compact(s.uses[name]) {
		if err := s.visit(next, name); err != nil {
			return err
		}
	}
	s.state[name] = done
	return nil
}

// lists names the lists that a template draws from.
func (t template) lists() []string {
	var names []string
	for _, p := range t {
		if p.list != "" {
			names = append(names, p.list)
		}
	}
	return names
}

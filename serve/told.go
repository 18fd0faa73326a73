package serve

import (
	"slices"
	"strconv"
	"strings"
)

// told is what a client was told of a run: which of its stages began and which
// ended, by their ordinals. It is the id of an event, so that a client that comes
// back with the last one it saw is told the rest, whichever server it meets:
// "0-3.5/0-2" says that 0 to 3 and 5 began, and that 0 to 2 ended.
type told struct{ began, ended ordinals }

// toldAll is the id of the last event of a run.
const toldAll = "end"

func (t *told) String() string { return t.began.String() + "/" + t.ended.String() }

// parseTold reads what String wrote. What nobody wrote has told nothing.
func parseTold(text string) (t told) {
	began, ended, ok := strings.Cut(text, "/")
	if !ok || !t.began.parse(began) || !t.ended.parse(ended) {
		return told{}
	}
	return t
}

// ordinals is a set of whole numbers from 0 on, as spans that neither touch nor
// overlap, in their order.
type ordinals []span

type span struct{ first, last int }

// add adds a number, and says whether it is new.
func (o *ordinals) add(n int) bool {
	i, _ := slices.BinarySearchFunc(*o, n, func(s span, n int) int { return s.last - n })
	before := i > 0 && (*o)[i-1].last == n-1
	switch {
	case i < len(*o) && (*o)[i].first <= n:
		return false
	case i < len(*o) && (*o)[i].first == n+1 && before:
		(*o)[i-1].last = (*o)[i].last
		*o = slices.Delete(*o, i, i+1)
	case i < len(*o) && (*o)[i].first == n+1:
		(*o)[i].first = n
	case before:
		(*o)[i-1].last = n
	default:
		*o = slices.Insert(*o, i, span{n, n})
	}
	return true
}

func (o ordinals) String() string {
	var b strings.Builder
	for i, s := range o {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Itoa(s.first))
		if s.last > s.first {
			b.WriteString("-" + strconv.Itoa(s.last))
		}
	}
	return b.String()
}

// ordinalsMost bounds what a client can make the server hold.
const ordinalsMost = 1 << 20

func (o *ordinals) parse(text string) bool {
	least := 0
	for part := range strings.SplitSeq(text, ".") {
		if text == "" {
			break
		}
		first, last, several := strings.Cut(part, "-")
		if !several {
			last = first
		}
		a, err := strconv.Atoi(first)
		z, wrong := strconv.Atoi(last)
		if err != nil || wrong != nil || a < least || z < a || z > ordinalsMost {
			return false
		}
		*o, least = append(*o, span{a, z}), z+2
	}
	return true
}

package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/human"
	"labbook/internal/data/table"
)

// Unlike is a file that is unlike the others, and in what.
type Unlike struct {
	File    string
	Rows    int // kept out, where that is unlike
	Reasons []string
}

// What makes a file unlike the others.
const (
	fewest     = 10  // rows of the others to compare with
	largeLoss  = 5   // a fifth of the rows kept out, and twice the share of the others
	moved      = .05 // of the others' mean
	beyond     = 5   // standard errors
	fewLevels  = 50  // of a category whose levels are looked at
	named      = 3   // columns named of each sort
	namedShown = 24  // letters of a level
)

// unlike compares each file with all others. What makes one unlike them: a large part
// of its rows was kept out, its last line has no end where all theirs have, levels
// of a category that none of them has, and numbers whose mean is off theirs. The
// last two want others with at least as many rows as the file has: of two files the
// smaller one is the odd one.
func (d *Dataset) unlike(parts []*part) []Unlike {
	if len(d.Files) < 2 {
		return nil
	}
	out := make([]Unlike, len(d.Files))
	first := d.firstRows()
	rows, lost, cut, texts := 0, 0, 0, 0
	for i, f := range d.Files {
		out[i].File = f.Name
		rows, lost = rows+f.Rows, lost+f.Bad+f.Refused
		if parts[i].Delimiter != 0 {
			texts++
		}
		if parts[i].Cut {
			cut++
		}
	}
	kept := first[len(d.Files)]
	judged := make([]bool, len(d.Files))
	for i, f := range d.Files {
		own, rest := f.Bad+f.Refused, rows-f.Rows
		if rest >= fewest && largeLoss*own >= f.Rows && 2*(lost-own)*f.Rows < own*rest {
			out[i].Rows = own
			out[i].add("%s of its %s %s kept out, and %s of theirs", human.Int(own), human.Count(f.Rows, "row"), human.Verb(own, "is", "are"), human.Percent(lost-own, rest))
		}
		if cut == 1 && texts > 1 && parts[i].Cut {
			out[i].add("its last line has no end and may be cut")
		}
		judged[i] = f.Kept > 0 && kept-f.Kept >= max(fewest, f.Kept)
	}
	moves, levels := make([][]string, len(out)), make([][]string, len(out))
	for _, c := range d.Table.Columns {
		var words []string
		switch c.Type {
		case table.Number:
			words = movedMeans(c, first, judged)
		case table.Category:
			words = ownLevels(c, first, judged)
		}
		for i, w := range words {
			switch {
			case w == "":
			case c.Type == table.Number:
				moves[i] = append(moves[i], w)
			default:
				levels[i] = append(levels[i], w)
			}
		}
	}
	for i := range out {
		if len(moves[i]) > 0 {
			out[i].add("%s on average", few(moves[i]))
		}
		if len(levels[i]) > 0 {
			out[i].add("levels that they do not have: %s", few(levels[i]))
		}
	}
	return slices.DeleteFunc(out, func(u Unlike) bool { return len(u.Reasons) == 0 })
}

func (u *Unlike) add(format string, args ...any) {
	u.Reasons = append(u.Reasons, fmt.Sprintf(format, args...))
}

// firstRows gives the row of the table at which each file begins; one more.
func (d *Dataset) firstRows() []int {
	first := make([]int, len(d.Files)+1)
	for i, f := range d.Files {
		first[i+1] = first[i] + f.Kept
	}
	return first
}

// few names the first of them and counts the rest.
func few(names []string) string {
	if more := len(names) - named; more > 0 {
		names = append(slices.Clone(names[:named]), human.Int(more)+" more")
	}
	return human.And(names)
}

// moments are those of the values of a file.
type moments struct{ n, mean, squares float64 }

// and gives the moments of both (Chan, Golub and LeVeque).
func (m moments) and(o moments) moments {
	if n := m.n + o.n; n > 0 {
		delta := o.mean - m.mean
		return moments{n, m.mean + delta*o.n/n, m.squares + o.squares + delta*delta*m.n*o.n/n}
	}
	return m
}

// movedMeans says of each file that is judged how far its mean is off that of the
// others, "" where it is not: by a twentieth and five standard errors, and, of several
// others, beyond all their means by more than these differ. A column that counts up
// within every file moves by itself.
func movedMeans(c *table.Column, first []int, judged []bool) []string {
	of := make([]moments, len(judged))
	counts := true
	for f := range of {
		last := math.Inf(-1)
		for _, v := range c.Num[first[f]:first[f+1]] {
			if math.IsNaN(v) {
				continue
			}
			counts, last = counts && v >= last, v
			m := &of[f]
			m.n++
			delta := v - m.mean
			m.mean += delta / m.n
			m.squares += delta * (v - m.mean)
		}
	}
	words := make([]string, len(judged))
	if counts {
		return words
	}
	for f, m := range of {
		if !judged[f] || m.n < 2 {
			continue
		}
		var others moments
		low, high, n := math.Inf(1), math.Inf(-1), 0
		for g, o := range of {
			if g != f && o.n > 0 {
				others, low, high, n = others.and(o), min(low, o.mean), max(high, o.mean), n+1
			}
		}
		if others.n < fewest || others.mean == 0 {
			continue
		}
		off := m.mean - others.mean
		err := math.Sqrt(m.squares/(m.n-1)/m.n + others.squares/(others.n-1)/others.n)
		outside := max(m.mean-high, low-m.mean)
		if math.Abs(off) < moved*math.Abs(others.mean) || math.Abs(off) < beyond*err || n > 1 && outside <= high-low {
			continue
		}
		way := "up"
		if off < 0 {
			way = "down"
		}
		words[f] = fmt.Sprintf("%s is %s%% %s", c.Name, human.Trimmed(100*math.Abs(off/others.mean), 2), way)
	}
	return words
}

// ownLevels says of each file that is judged which levels it has that no other has,
// "" where there are none. Where other files have levels of their own too, or the
// file none of theirs, the column tells files apart, and so it is meant.
func ownLevels(c *table.Column, first []int, judged []bool) []string {
	words := make([]string, len(judged))
	if len(c.Levels) > fewLevels {
		return words
	}
	in := make([]int, len(c.Levels)) // files that have the level
	has := make([][]bool, len(judged))
	for f := range has {
		has[f] = make([]bool, len(c.Levels))
		for _, code := range c.Codes[first[f]:first[f+1]] {
			if code >= 0 && !has[f][code] {
				has[f][code] = true
				in[code]++
			}
		}
	}
	owners := 0
	for f := range has {
		var own []string
		shares := false
		for l, there := range has[f] {
			shares = shares || there && in[l] > 1
			if there && in[l] == 1 {
				own = append(own, strconv.Quote(human.Clip(c.Levels[l], namedShown)))
			}
		}
		if len(own) > 0 && len(has) > 2 {
			owners++
		}
		if judged[f] && shares && len(own) > 0 {
			words[f] = c.Name + " (" + few(own) + ")"
		}
	}
	if owners > 1 {
		clear(words)
	}
	return words
}

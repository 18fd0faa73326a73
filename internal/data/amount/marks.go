package amount

import (
	"strings"
	"unicode/utf8"
)

// marks counts what stands between the digits of values.
type marks struct {
	of map[rune]*mark
	// short and long are how many values have no mark, of up to three digits and
	// of more.
	short, long int
}

// mark is one letter between digits: in how many values, whether any has it
// twice, whether three digits follow it everywhere and one to three go before,
// and whether another follows it, or goes before it, in a value.
type mark struct {
	values          int
	twice           bool
	threes          bool
	followed, after bool
}

func (m *marks) add(digits string) {
	seen := map[rune]int{}
	last := rune(0)
	for at, r := range digits {
		if r >= '0' && r <= '9' {
			continue
		}
		of := m.of[r]
		if of == nil {
			of = &mark{threes: true}
			m.of[r] = of
		}
		if seen[r]++; seen[r] == 1 {
			of.values++
		} else {
			of.twice = true
		}
		if last != 0 && last != r {
			m.of[last].followed, of.after = true, true
		}
		last = r
		if !between(digits, at, at+utf8.RuneLen(r)) {
			of.threes = false
		}
	}
	switch {
	case last != 0:
	case len(digits) <= 3:
		m.short++
	default:
		m.long++
	}
}

// between says that three digits follow a mark, and up to three, of which the
// first is no zero, go before it.
func between(digits string, at, next int) bool {
	before, after := 0, 0
	for at-before > 0 && isDigit(digits[at-before-1]) {
		before++
	}
	for next+after < len(digits) && isDigit(digits[next+after]) {
		after++
	}
	return after == 3 && before >= 1 && before <= 3 && digits[at-before:at] != "0"
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// decide gives the mark between thousands and the decimal point, "" for none.
// Where there is one kind of mark, it parts thousands if a value has it twice;
// the usual decimal point is one; and another, before which and behind which
// there is room for thousands everywhere, is taken for a mark between thousands:
// that is sure where all that is below a thousand, and nothing else, has none.
func (m *marks) decide(point rune) (group, decimal string, sure, ok bool) {
	switch len(m.of) {
	case 0:
		return "", "", true, true
	case 1:
		for r, of := range m.of {
			switch {
			case of.twice:
				return string(r), "", true, of.threes && isGroup(r)
			case r == point:
				return "", string(r), true, true
			case of.threes && isGroup(r):
				return string(r), "", r != '.' && r != ',' || m.short > 0 && m.long == 0, true
			}
			return "", string(r), true, r == '.' || r == ','
		}
	case 2:
		for _, decimal := range []rune{point, '.', ','} {
			if last := m.of[decimal]; last != nil && !last.followed && !last.twice {
				group := m.other(decimal)
				return string(group), string(decimal), true, isGroup(group) && !m.of[group].after && m.of[group].threes
			}
		}
	}
	return "", "", false, false
}

// other gives the mark of two that is not this one.
func (m *marks) other(one rune) rune {
	for r := range m.of {
		if r != one {
			return r
		}
	}
	return 0
}

// isGroup says that it can stand between thousands.
func isGroup(r rune) bool { return kindOf(r) != 0 || strings.ContainsRune(".,_", r) }

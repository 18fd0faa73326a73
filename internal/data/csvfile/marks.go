package csvfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"labbook/internal/data/table"
)

// findMarks gives the values by which a column of numbers says that there is
// none: "?" or "-", or any one word that repeats where the rest are numbers.
// Without them, rows would be dropped, or the column would be a category of its
// numbers. c has the values as texts; as is how it is read without them.
func findMarks(c *table.Column, as table.Type, o Options, line func(row int) int) (marks []string, notices []Notice) {
	misfits := misfitsOf(c, o.Decimal)
	marks, all := misfits.marks()
	if as != table.Number && (!all || slices.ContainsFunc(marks, wordy) && !misfits.few(c)) {
		return nil, nil // a word in a category may be a level like the others
	}
	for _, mark := range marks {
		m := misfits[mark]
		notices = append(notices, Notice{Column: c.Name, Count: m.count, Line: line(m.row), Value: mark, As: "missing",
			What: fmt.Sprintf("has %s that are no numbers but the same", plural(m.count, "value")),
			Hint: "they are read as missing; take them out of missing: in the load stage if they say something"})
	}
	return marks, notices
}

// doubtful reads as texts the columns that lose rows, and those that are no
// numbers but nearly; nil is none.
func doubtful(data []byte, o Options, f *File) *File {
	o.Columns, o.Rest, o.DropBad = nil, Drop, true
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Name == name }) {
			o.Columns = append(o.Columns, Column{Field: table.Field{Name: name, Type: table.Text}})
		}
	}
	for _, d := range f.Dropped {
		add(d.Column)
	}
	for _, n := range f.Notices {
		if !n.form && f.Table.Column(n.Column).Type != table.Number {
			add(n.Column)
		}
	}
	if o.Columns == nil {
		return nil
	}
	read, err := Parse(data, o)
	if err != nil {
		return nil // it was read before
	}
	return read
}

// misfits are the values of a column that are no numbers.
type misfits map[string]*misfit

type misfit struct{ count, row int } // row is the first

func misfitsOf(c *table.Column, point byte) misfits {
	if point == 0 {
		point = '.'
	}
	all := misfits{}
	for row, text := range c.Texts {
		value := trim([]byte(text))
		if len(value) == 0 {
			continue
		}
		if _, f := parseNumber(value, point); f != other {
			continue
		}
		if m := all[string(value)]; m != nil {
			m.count++
		} else if len(all) < maxLevels {
			all[string(value)] = &misfit{1, row}
		}
	}
	return all
}

// marks gives the values that repeat and have neither letters nor digits, and
// a word if it is the only one; all says that there are no others.
func (m misfits) marks() (found []string, all bool) {
	for value, of := range m {
		if of.count > 1 && len(value) <= maxLevelBytes && (len(m) == 1 || !wordy(value)) {
			found = append(found, value)
		}
	}
	slices.Sort(found)
	return found, len(found) == len(m)
}

// few says that the misfits are less than a quarter of the values of a column,
// and its numbers too many different ones to be levels.
func (m misfits) few(c *table.Column) bool {
	present, odd, numbers := 0, 0, map[string]bool{}
	for _, of := range m {
		odd += of.count
	}
	for row, text := range c.Texts {
		if !c.IsMissing(row) {
			present++
			if len(numbers) <= fewLevels && m[string(trim([]byte(text)))] == nil {
				numbers[text] = true
			}
		}
	}
	return 4*odd < present && len(numbers) > fewLevels
}

// wordy says whether there is a letter or digit in a value.
func wordy(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

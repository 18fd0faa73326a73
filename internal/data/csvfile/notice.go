package csvfile

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/lazy"
	"labbook/internal/data/table"
)

// Notice is something about how a column was read that a person may want
// otherwise. It is no fault: the values are what they would be without it.
// Those of Guess also say what it declares for that reason.
type Notice struct {
	Column string
	Count  int    // values that it is about
	Line   int    // of the first of them
	Value  string // the first, as written
	What   string // "has 3 numbers with more digits than are kept"
	Hint   string // what to do if that is not right
	Typed  bool   // the file has types, and Line is a row
	form   bool   // the values have a form that Guess declares
	As     string // what Guess reads the values as: "date", "missing"; "" where it leaves them as they are
}

// looked is how many values of a column are looked at.
const looked = 1000

// grouped is a number whose digits are separated by threes.
var grouped = lazy.Regexp(`^[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+(?:\.[0-9]*)?|(?:\.[0-9]{3})+(?:,[0-9]*)?|(?:[ '\x{a0}\x{202f}][0-9]{3})+(?:[.,][0-9]*)?)$`)

// notices looks at the columns whose type was found in their values.
func (r *reader) notices(f *File, chunks []*chunk, columns []*table.Column) []Notice {
	var all []Notice
	for j, c := range r.columns {
		var n *Notice
		row := 0
		switch c.reading {
		case number, tryNumber:
			n, row = c.tooLong(chunks, j, columns[j])
		case tryLevels:
			if n, row = c.almostNumbers(columns[j]); n == nil {
				n, row = c.lookLike(columns[j])
			}
		}
		if n != nil {
			n.Column, n.Line = c.Name, f.Line(row)
			all = append(all, *n)
		}
	}
	return all
}

// tooLong tells of whole numbers that no float64 holds, else of numbers whose
// last decimals none does.
func (c *column) tooLong(chunks []*chunk, j int, read *table.Column) (*Notice, int) {
	if n, row := counted(chunks, read, func(ch *chunk) *longs { return &ch.cells[j].long }); n != nil {
		n.What = fmt.Sprintf("has %s of more digits than are kept", plural(n.Count, "number"))
		n.Hint = "if they are names rather than amounts, declare its type: category or text; else mend them, or declare them under missing"
		return n, row
	}
	n, row := counted(chunks, read, func(ch *chunk) *longs { return &ch.cells[j].deep })
	if n != nil {
		n.What = fmt.Sprintf("has %s of more than %d digits, of which the last are lost", plural(n.Count, "number"), kept)
		n.Hint = "if they are names rather than amounts, declare its type: category or text"
	}
	return n, row
}

// counted counts numbers of a kind, and gives the first of them and its row; nil
// where there are none, or only in rows that were dropped.
func counted(chunks []*chunk, read *table.Column, of func(*chunk) *longs) (*Notice, int) {
	n, row := &Notice{}, -1
	for _, ch := range chunks {
		long := of(ch)
		if n.Count == 0 && long.count > 0 {
			n.Value, row = string(long.first), slices.Index(read.Num, long.value)
		}
		n.Count += long.count
	}
	if row < 0 {
		return nil, 0
	}
	return n, row
}

// almostNumbers tells of a category or text that may be meant as numbers.
func (c *column) almostNumbers(read *table.Column) (*Notice, int) {
	point := byte(',')
	if c.point == ',' {
		point = '.'
	}
	var present, numbers, commas, groups, rest int
	first := [...]int{-1, -1} // row of the first in another notation, of the first that is none
	for row := 0; row < read.Len() && present < looked; row++ {
		value := trim([]byte(read.String(row)))
		if len(value) == 0 {
			continue
		}
		present++
		kind := 0
		if _, f := parseNumber(value, c.point); f != other {
			numbers++
			continue
		}
		_, f := parseNumber(value, point)
		switch group := grouped().Match(value); {
		case group:
			groups++
		case f != other:
			commas++
		default:
			rest++
			kind = 1
		}
		if first[kind] < 0 {
			first[kind] = row
		}
	}
	n, row := &Notice{Count: commas + groups}, first[0]
	switch {
	case 10*rest > present && 2*(numbers+commas+groups) >= present: // some of each
		n.Count, row = rest, first[1]
		n.What = fmt.Sprintf("is read as a %s, for %d of the first %d values are no numbers", read.Type, rest, present)
		n.Hint = "declare what means that there is none under missing, or say type: category or type: text if that is right"
	case n.Count == 0 || 10*rest > present:
		return nil, 0
	case commas == 0:
		n.What = fmt.Sprintf("is read as a %s, for its numbers are written with separators", read.Type)
		n.Hint = fmt.Sprintf("declare type: number and layout: \"1%s234\" if they part thousands, or decimal: %q if they are decimal points", separator(read.String(first[0])), string(point))
	default:
		n.What = fmt.Sprintf("is read as a %s, for its decimal point is another", read.Type)
		n.Hint = fmt.Sprintf("declare decimal: %q", string(point))
	}
	n.Value = read.String(row)
	return n, row
}

// separator gives the first letter of a number that is no digit.
func separator(number string) string {
	for _, r := range strings.TrimLeft(number, "+-") {
		if r < '0' || r > '9' {
			return string(r)
		}
	}
	return ""
}

package csvfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/data/amount"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// tried is of how many rows it is asked first whether they have a form.
const tried = 200

// findForm gives how a column that is read as it stands can be declared as dates
// or numbers, and why; nil where its values have no form that holds for all of
// them but the marks for missing ones.
func findForm(c *table.Column, o Options, line func(row int) int) (*Column, *Notice) {
	if readable(apart(c, min(tried, c.Len())), o.Decimal) == nil {
		return nil, nil
	}
	values := apart(c, c.Len())
	found := readable(values, o.Decimal)
	if found == nil {
		return nil, nil
	}
	found.Name, found.Missing = c.Name, values.marks
	n := &Notice{Column: c.Name, Count: values.present, Line: line(values.first), Value: c.String(values.first)}
	n.As, n.What, n.Hint = found.words()
	if len(values.marks) > 0 {
		n.What += fmt.Sprintf("; %s stands for no value", quotedList(values.marks))
	}
	return &found.Column, n
}

// lookLike tells of a column whose first values are dates or numbers in a form that
// has to be declared.
func (c *column) lookLike(read *table.Column) (*Notice, int) {
	values := apart(read, min(tried, read.Len()))
	found := readable(values, c.point)
	if found == nil || len(values.rest) < 3 {
		return nil, 0
	}
	what := "dates"
	if found.Type == table.Number {
		what = "numbers"
	}
	return &Notice{Count: values.present, Value: read.String(values.first), form: true,
		What: fmt.Sprintf("is read as a %s, and looks like %s", read.Type, what),
		Hint: fmt.Sprintf("if it has them, declare type: %s and layout: %q", found.Type, found.Layout)}, values.first
}

// values are those of a column apart from its marks for missing ones.
type values struct {
	rest    []string // trimmed; of a category each once
	marks   []string
	present int // how many rows have one of rest
	first   int // the first of those rows
}

// apart parts the first rows of a column. A mark is what repeats and has no
// digits: of signs all that do, of words one that is alone; and a date of zeros
// only, as databases write none.
func apart(c *table.Column, rows int) values {
	v := values{first: -1}
	counts, words := map[string]int{}, 0
	each := func(do func(row int, value string)) {
		for row := range rows {
			if !c.IsMissing(row) {
				do(row, strings.TrimSpace(c.String(row)))
			}
		}
	}
	each(func(_ int, value string) {
		if strings.ContainsAny(value, "0123456789") && !strings.HasPrefix(value, "0000-00-00") || len(counts) >= maxLevels {
			return
		}
		if counts[value]++; counts[value] == 1 && wordy(value) {
			words++
		}
	})
	isMark := func(value string) bool {
		return counts[value] > 1 && len(value) <= maxLevelBytes && (words < 2 || !wordy(value))
	}
	seen := make([]bool, len(c.Levels))
	each(func(row int, value string) {
		if isMark(value) {
			return
		}
		if v.present++; v.first < 0 {
			v.first = row
		}
		if c.Type == table.Category {
			if code := c.Codes[row]; seen[code] {
				return
			} else {
				seen[code] = true
			}
		}
		v.rest = append(v.rest, value)
	})
	for value := range counts {
		if isMark(value) {
			v.marks = append(v.marks, value)
		}
	}
	slices.Sort(v.marks)
	return v
}

// found is a column's declaration, and what no row of it decides.
type found struct {
	Column
	otherwise []string // forms of dates that read its values as other moments
	unsure    bool     // its marks part thousands, or are decimal points
}

// readable gives how all the values can be read, nil where they can't.
func readable(v values, point byte) *found {
	if point == 0 {
		point = '.'
	}
	if reading := moment.Find(v.rest); reading != nil {
		return &found{Column: Column{Field: table.Field{Type: table.Date, Layout: reading.Form}}, otherwise: reading.Otherwise}
	}
	if a := amount.Find(v.rest, point); a != nil {
		return &found{Column: Column{Field: table.Field{Type: table.Number, Layout: a.Layout, Unit: a.Unit}}, unsure: !a.Sure}
	}
	return nil
}

// words says as what the column is read, why, and how to say otherwise.
func (f *found) words() (as, what, hint string) {
	keep := "declare type: text or type: category if they are names"
	switch {
	case f.Type == table.Date && len(f.otherwise) > 0:
		return "date", fmt.Sprintf("has dates of which no row tells the day from the month; they are read as %s", f.Layout),
			fmt.Sprintf("declare layout: %q if that is what they are", f.otherwise[0])
	case f.Type == table.Date:
		return "date", "has dates in the form " + f.Layout, keep
	case f.unsure:
		return "number", "has numbers whose " + grouping(f.Layout) + " is taken for one between thousands, as it would be everywhere",
			"say decimal: in the load stage if it is a decimal point"
	case f.Unit != "":
		return "number", "has numbers in " + f.Unit, keep
	}
	return "number", "has numbers with marks between thousands, as in " + f.Layout, keep
}

// grouping names the mark between thousands of a layout.
func grouping(layout string) string {
	if strings.Contains(layout, "1,234") {
		return "comma"
	}
	return "point"
}

// findCount gives how a column of numbers can be declared as dates: days and
// months written as one number, and seconds or milliseconds since 1970. Numbers
// that count on from one another are none.
func findCount(c *table.Column, line func(row int) int) (*Column, *Notice) {
	if !c.Integer {
		return nil, nil
	}
	form := ""
	for row, v := range c.Num {
		if c.IsMissing(row) {
			continue
		}
		if form == "" {
			form = countOf(v)
		}
		if form == "" || countOf(v) != form {
			return nil, nil
		}
		if _, ok := moment.Parse(form, strconv.FormatFloat(v, 'f', -1, 64)); !ok {
			return nil, nil
		}
	}
	if form == "" || few(c.Num) || moment.Counts(form) && consecutive(c.Num) {
		return nil, nil
	}
	row := slices.IndexFunc(c.Num, func(v float64) bool { return v == v })
	n := &Notice{Column: c.Name, Count: c.Len(), Line: line(row), Value: c.String(row), As: "date", What: "has dates in the form " + form,
		Hint: "declare type: number if they are none"}
	if moment.Counts(form) {
		n.What = "has numbers that are " + strings.TrimPrefix(moment.Like(form), moment.Format(form, 1136214245)+", the ") + " in all rows"
	}
	return &Column{Field: table.Field{Name: c.Name, Type: table.Date, Layout: form}}, n
}

// countOf gives the form that a number can have by its size: dates from 1800 to
// 2199, moments from 2000 to 2035.
func countOf(v float64) string {
	const from, until = 946684800, 2082758400
	switch {
	case v >= 18000101 && v <= 21991231:
		return "20060102"
	case v >= 180001 && v <= 219912:
		return "200601"
	case v >= from && v < until:
		return moment.Unix
	case v >= from*1000 && v < until*1000:
		return moment.UnixMilli
	}
	return ""
}

// few says that the numbers have too few different values to be told from what
// happens to look like dates.
func few(numbers []float64) bool {
	distinct := map[float64]bool{}
	for _, v := range numbers {
		if v == v {
			distinct[v] = true
		}
		if len(distinct) == 5 {
			return false
		}
	}
	return true
}

// consecutive says that half of the numbers are another one plus one, as where
// somebody dealt them out.
func consecutive(numbers []float64) bool {
	sorted := slices.DeleteFunc(slices.Clone(numbers), func(v float64) bool { return v != v })
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	next := 0
	for i, v := range sorted[1:] {
		if v == sorted[i]+1 {
			next++
		}
	}
	return 2*next > len(sorted)
}

func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return strings.Join(quoted, ", ")
}

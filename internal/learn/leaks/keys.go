package leaks

import (
	"strconv"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// What makes a column the key of things that rows repeat.
const (
	fewestThings  = 10
	fewestRepeats = 5   // rows of a thing, on average
	onePerThing   = 0.9 // of the outcome that the thing tells
)

// keys looks for columns that name things of which there are several rows, with
// nearly one outcome for each: at random, rows of one thing are on both sides of
// the split, and the test asks for what was taught. The column itself need not be
// among what models read: they tell the things apart by others.
func (c *court) keys() ([]notebook.Finding, string) {
	var all []notebook.Finding
	looked := false
	for _, column := range c.train.Columns {
		if column.Name == c.Target || c.test.Column(column.Name) == nil {
			continue
		}
		learned, tested, things := things(column, c.test.Column(column.Name))
		if things < fewestThings || len(learned) < fewestRepeats*things {
			continue
		}
		looked = true
		known := 0
		for _, thing := range tested {
			if thing >= 0 && thing < things {
				known++
			}
		}
		told := c.train.told(learned, things)
		if 2*known < len(tested) || !(told >= onePerThing) {
			continue
		}
		all = append(all, checks.RepeatedKey.Finding(column.Name, known,
			"rows repeat %s values of %s, each with nearly one %s of its own (%s of it is told), and %s of the test rows are of one that was learned from: split with group: %s, or the test asks for what was taught",
			human.Int(things), column.Name, c.Target, share(told), human.Percent(known, len(tested)), column.Name))
	}
	if !looked {
		return nil, "no column names things that repeat"
	}
	return all, ""
}

// things numbers the values of a column that may be a key: a category, or whole
// numbers. -1 is a row without one, and things that only test rows have are numbered
// from things on; these are 0 for a column that cannot be a key.
func things(train, test *table.Column) (learned, tested []int, things int) {
	if train.Type != table.Category && !(train.Type == table.Number && train.Integer) {
		return nil, nil, 0
	}
	number := map[string]int{}
	of := func(c *table.Column) []int {
		out := make([]int, c.Len())
		for i := range out {
			out[i] = -1
			if c.IsMissing(i) {
				continue
			}
			name := ""
			if c.Type == table.Category {
				name = c.Levels[c.Codes[i]]
			} else {
				name = strconv.FormatFloat(c.Num[i], 'g', -1, 64)
			}
			if _, ok := number[name]; !ok {
				number[name] = len(number)
			}
			out[i] = number[name]
		}
		return out
	}
	learned = of(train)
	things = len(number)
	return learned, of(test), things
}

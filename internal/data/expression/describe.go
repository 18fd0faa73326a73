package expression

import (
	"maps"
	"slices"
	"strings"
)

// Describe says what formulas are made of, in Markdown: what documents of
// parameters that are formulas refer to.
func Describe() string {
	return "Formulas, such as `log(price / carat) ?? 0`, are made of `+ - * / % **`, comparisons, `and`, `or`, `not`, `a ? b : c`, and\n" +
		"`x ?? y`, which is y where x is missing. Functions of a number are\n" + listed(numeric) + ",\nand of several `min` and `max`; of a text " + listed(textual) + ", `len` and `number`, which reads one; of a date\n" +
		listed(calendar) + " (Monday is 1). `missing(x)` says whether there is no value,\n" +
		"`column(\"unit price\")` is a column whose name is no word, and `date(\"2024-01-31\")` that day."
}

func listed[T any](functions map[string]T) string {
	return "`" + strings.Join(slices.Sorted(maps.Keys(functions)), "`, `") + "`"
}

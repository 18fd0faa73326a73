package expression

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"labbook/internal/base/diag"

	"github.com/expr-lang/expr/ast"
)

// numeric are the functions of one number.
var numeric = map[string]func(float64) float64{
	"abs": math.Abs, "sqrt": math.Sqrt, "cbrt": math.Cbrt, "exp": math.Exp,
	"log": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p,
	"floor": math.Floor, "ceil": math.Ceil, "round": math.Round,
}

// textual are the functions from text to text.
var textual = map[string]func(string) string{
	"lower": strings.ToLower, "upper": strings.ToUpper, "trim": strings.TrimSpace,
}

// calendar are the parts of a date; weekday is 1 for Monday to 7 for Sunday.
var calendar = map[string]func(time.Time) int{
	"year": time.Time.Year, "month": func(t time.Time) int { return int(t.Month()) }, "day": time.Time.Day,
	"hour": time.Time.Hour, "weekday": func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 },
	"yearday": time.Time.YearDay,
}

// Functions gives the names of all functions, sorted.
func Functions() []string {
	names := []string{"missing", "min", "max", "len", "number", "date", "column"}
	names = slices.AppendSeq(names, maps.Keys(numeric))
	names = slices.AppendSeq(names, maps.Keys(textual))
	names = slices.AppendSeq(names, maps.Keys(calendar))
	slices.Sort(names)
	return names
}

func (c *compiler) call(n ast.Node, name string, arguments []ast.Node) node {
	if !c.function(n, name) {
		return node{}
	}
	if name == "column" || name == "date" {
		return c.ofLiteral(n, name, arguments)
	}
	args := make([]node, len(arguments))
	for i, a := range arguments {
		args[i] = c.compile(a)
	}
	if c.err != nil {
		return node{}
	}
	if name == "min" || name == "max" {
		return c.extreme(n, name, args, arguments)
	}
	if len(args) != 1 {
		return c.fail(n, fmt.Sprintf("%s takes one value, not %d", name, len(args)), fmt.Sprintf("write %s(x)", name))
	}
	return c.callOne(arguments[0], name, args[0])
}

// function reports whether there is a function of that name, and fails if not.
func (c *compiler) function(n ast.Node, name string) bool {
	if !slices.Contains(Functions(), name) {
		c.fail(n, fmt.Sprintf("there is no function %s", name), diag.DidYouMean(name, Functions()))
		return false
	}
	return true
}

func (c *compiler) callOne(at ast.Node, name string, x node) node {
	if f := numeric[name]; f != nil {
		if c.wanted(at, x, Number) {
			return mapNumbers(x, f)
		}
		return node{}
	}
	if f := calendar[name]; f != nil {
		if c.wanted(at, x, Date) {
			return mapNumbers(x, func(v float64) float64 {
				if missingNumber(v) {
					return math.NaN()
				}
				return float64(f(time.Unix(int64(math.Floor(v)), 0).UTC()))
			})
		}
		return node{}
	}
	if name == "missing" {
		if c.wanted(at, x, Number, Text, Date) {
			return isMissing(x)
		}
		return node{}
	}
	if !c.wanted(at, x, Text) {
		return node{}
	}
	if f := textual[name]; f != nil {
		return node{kind: Text, texts: func(b *block) []string {
			values := x.texts(b)
			for i, v := range values {
				values[i] = f(v)
			}
			return values
		}}
	}
	convert := parseNumber // name is number
	if name == "len" {
		convert = length
	}
	return node{kind: Number, numbers: func(b *block) []float64 {
		out := b.numbers.take(b.rows)
		for i, v := range x.texts(b) {
			out[i] = convert(v)
		}
		return out
	}}
}

// parseNumber reads a decimal number; what is none is missing.
func parseNumber(s string) float64 {
	s = strings.TrimSpace(s)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || strings.ContainsAny(s, "xXpP_") {
		return math.NaN()
	}
	return v
}

// length counts runes; that of a missing text is missing.
func length(s string) float64 {
	if s == "" {
		return math.NaN()
	}
	return float64(utf8.RuneCountInString(s))
}

// extreme is the least or greatest of several numbers.
func (c *compiler) extreme(n ast.Node, name string, args []node, at []ast.Node) node {
	if len(args) < 2 {
		return c.fail(n, name+" compares values of one row and takes two or more", fmt.Sprintf("write %s(x, y)", name))
	}
	f := math.Min
	if name == "max" {
		f = math.Max
	}
	for i, a := range args {
		if !c.wanted(at[i], a, Number) {
			return node{}
		}
	}
	all := args[0]
	for _, a := range args[1:] {
		all = zipNumbers(Number, all, a, f)
	}
	return all
}

// ofLiteral is column("a name") and date("2024-01-31").
func (c *compiler) ofLiteral(n ast.Node, name string, arguments []ast.Node) node {
	if len(arguments) == 1 {
		if s, ok := arguments[0].(*ast.StringNode); ok {
			if name == "column" {
				return c.name(s, s.Value)
			}
			return c.asDate(s, constText(s.Value), node{kind: Date})
		}
	}
	return c.fail(n, name+" takes one text written in the formula", fmt.Sprintf("write %s(\"…\")", name))
}

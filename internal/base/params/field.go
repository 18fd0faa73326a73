package params

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is an exported field of a params struct.
type field struct {
	name  string
	index []int
	tag   reflect.StructTag
}

// limits bound a value. The zero limits bound nothing.
type limits struct {
	text            string // the range tag, for messages
	low, high       float64
	lowOpen, hiOpen bool // the end itself is excluded
	bounded         bool
	enum            []string
	listed          bool // a mapping may be written as the list of its keys
}

// fieldsOf lists the fields of a params struct in order, those of embedded
// structs in their place. It panics when the struct breaks the contract.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("yaml") == "" {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		name := f.Tag.Get("yaml")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("params: field %s of %s lacks a yaml tag", f.Name, t))
		}
		fields = append(fields, field{name, f.Index, f.Tag})
	}
	return fields
}

// limits reads the range and enum tags. It panics when they are not ones.
func (f field) limits() limits {
	var l limits
	if text := f.tag.Get("range"); text != "" {
		var err error
		if l, err = parseRange(text); err != nil {
			panic(fmt.Sprintf("params: parameter %s: %v", f.name, err))
		}
	}
	if text, ok := f.tag.Lookup("enum"); ok {
		l.enum = strings.Split(text, "|")
	}
	_, l.listed = f.tag.Lookup("listed")
	return l
}

// unlisted says whether Lines leaves the parameter out: always where its tag is
// key:"-", and where it says nothing where its tag is key:"set".
func (f field) unlisted(v reflect.Value) bool {
	switch f.tag.Get("key") {
	case "-":
		return true
	case "set":
		return v.IsZero()
	}
	return false
}

// choices gives the values of an enum that can be written; an empty one is what
// holds where nothing is.
func (l limits) choices() []string {
	return slices.DeleteFunc(slices.Clone(l.enum), func(choice string) bool { return choice == "" })
}

// doc gives the sentence for people. It panics when there is none.
func (f field) doc() string {
	doc := f.tag.Get("doc")
	if doc == "" {
		panic(fmt.Sprintf("params: parameter %s lacks a doc tag", f.name))
	}
	return doc
}

// parseRange reads a range tag; see the package's documentation.
func parseRange(text string) (limits, error) {
	l := limits{text: text, low: math.Inf(-1), high: math.Inf(1), lowOpen: true, hiOpen: true, bounded: true}
	bad := fmt.Errorf("range %q is not one", text)
	var err error
	for _, op := range []string{">=", "<=", ">", "<"} {
		rest, ok := strings.CutPrefix(text, op)
		if !ok {
			continue
		}
		end, err := parseEnd(rest)
		if op[0] == '>' {
			l.low, l.lowOpen = end, len(op) == 1
		} else {
			l.high, l.hiOpen = end, len(op) == 1
		}
		return l, err
	}
	if len(text) < 3 || !strings.ContainsRune("[(", rune(text[0])) || !strings.ContainsRune("])", rune(text[len(text)-1])) {
		return l, bad
	}
	low, high, ok := strings.Cut(text[1:len(text)-1], ",")
	if !ok {
		return l, bad
	}
	if low = strings.TrimSpace(low); low != "" {
		if l.low, err = parseEnd(low); err != nil {
			return l, err
		}
		l.lowOpen = text[0] == '('
	}
	if high = strings.TrimSpace(high); high != "" {
		if l.high, err = parseEnd(high); err != nil {
			return l, err
		}
		l.hiOpen = text[len(text)-1] == ')'
	}
	return l, nil
}

// parseEnd reads a number or a duration, which counts in nanoseconds.
func parseEnd(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x, nil
	}
	d, err := time.ParseDuration(text)
	return float64(d), err
}

// allows says whether x is within the range. Infinity needs an end that
// includes it; NaN never fits.
func (l limits) allows(x float64) bool {
	if !l.bounded {
		return !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	above := x > l.low || x == l.low && !l.lowOpen
	below := x < l.high || x == l.high && !l.hiOpen
	return above && below
}

// words says the range for people.
func (l limits) words() string {
	var parts []string
	switch {
	case !l.bounded:
		return ""
	case !math.IsInf(l.low, 0) && !math.IsInf(l.high, 0) && !l.lowOpen && !l.hiOpen:
		low, high, _ := strings.Cut(strings.Trim(l.text, "[]"), ",")
		return "from " + strings.TrimSpace(low) + " to " + strings.TrimSpace(high)
	}
	low, high := l.text, l.text
	if !strings.ContainsAny(l.text[:1], "<>") {
		low, high, _ = strings.Cut(l.text[1:len(l.text)-1], ",")
	}
	low, high = strings.Trim(low, "<>= "), strings.Trim(high, "<>= ")
	if !math.IsInf(l.low, 0) {
		parts = append(parts, map[bool]string{true: "above ", false: "at least "}[l.lowOpen]+low)
	}
	if !math.IsInf(l.high, 0) {
		parts = append(parts, map[bool]string{true: "below ", false: "at most "}[l.hiOpen]+high)
	}
	return strings.Join(parts, " and ")
}

func indexOf(fields []field, name string) int {
	return slices.IndexFunc(fields, func(f field) bool { return f.name == name })
}

func fieldNames(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

func names(fields []field) string { return strings.Join(fieldNames(fields), ", ") }

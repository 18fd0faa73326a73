package params

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

var durationType = reflect.TypeFor[time.Duration]()

// scalar decodes a single value by the type it is declared with.
func (d *decoder) scalar(n *tree.Node, v reflect.Value, lim limits, path string) {
	if n.Kind != tree.Scalar {
		hint := "write a single value"
		if n.Kind == tree.Null {
			hint = "write a value, or remove the line to keep the default"
		}
		d.wrong(n, path, wantedWords(v.Type(), lim), hint)
		return
	}
	if v.Type() == durationType {
		d.duration(n, v, lim, path)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.Plain && (n.Text == "true" || n.Text == "false" || tree.LooksNumeric(n.Text)) {
			d.wrong(n, path, wantedWords(v.Type(), lim), fmt.Sprintf("put it in quotes: %q", n.Text))
			return
		}
		if d.enum(n, n.Text, lim, path) {
			v.SetString(n.Text)
		}
	case reflect.Bool:
		if !n.Plain || n.Text != "true" && n.Text != "false" {
			d.wrong(n, path, "true or false", boolHint(n.Text))
			return
		}
		v.SetBool(n.Text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.integer(n, v, lim, path)
	case reflect.Float32, reflect.Float64:
		x, hint, ok := number(n)
		if !ok || !lim.allows(x) {
			if ok && hint == "" {
				hint = rangeHint(lim)
			}
			d.wrong(n, path, wantedWords(v.Type(), lim), hint)
			return
		}
		v.SetFloat(x + 0) // no negative zero
	default:
		panic(fmt.Sprintf("params: %s has the type %s, which cannot be declared", path, v.Type()))
	}
}

// number reads a scalar as a number, the same for every field: decimal, with
// an optional exponent and _ between digits.
func number(n *tree.Node) (x float64, hint string, ok bool) {
	text := n.Text
	if !n.Plain {
		if _, _, isNumber := number(&tree.Node{Kind: tree.Scalar, Plain: true, Text: text}); isNumber {
			return 0, "remove the quotes: " + text, false
		}
		return 0, "write a number", false
	}
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 {
		return 0, "write a number", false
	}
	switch strings.ToLower(digits) {
	case "inf", ".inf", "infinity":
		if text[0] == '-' {
			return math.Inf(-1), "write a finite number", true
		}
		return math.Inf(1), "write a finite number", true
	case "nan", ".nan":
		return math.NaN(), "write a number", true
	}
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "01234567_") == "" {
		return 0, "a leading 0 means octal to some readers of YAML; write " + decimal(text), false
	}
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsAny(digits[1:2], "xXoObB") {
		if i, err := strconv.ParseInt(text, 0, 64); err == nil {
			return 0, fmt.Sprintf("write it in decimal: %d", i), false
		}
		return 0, "write a number", false
	}
	if digits == "" || !strings.ContainsAny(digits[:1], "0123456789.") || !underscoresOK(digits) {
		return 0, "write a number", false
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil {
		return 0, "write a number that fits into 64 bits", false
	}
	return x, "", true
}

// decimal removes the leading zeros of an integer.
func decimal(text string) string {
	trimmed := strings.TrimLeft(strings.TrimLeft(text, "+-"), "0_")
	if trimmed == "" {
		trimmed = "0"
	}
	if text[0] == '-' {
		return "-" + trimmed
	}
	return trimmed
}

// underscoresOK says whether every _ stands between two digits.
func underscoresOK(s string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for i := range len(s) {
		if s[i] == '_' && !(digit(i-1) && digit(i+1)) {
			return false
		}
	}
	return true
}

func (d *decoder) integer(n *tree.Node, v reflect.Value, lim limits, path string) {
	x, hint, ok := number(n)
	wanted := wantedWords(v.Type(), lim)
	if !ok || math.IsInf(x, 0) || math.IsNaN(x) {
		d.wrong(n, path, wanted, hint)
		return
	}
	if x != math.Trunc(x) {
		d.wrong(n, path, wanted, fmt.Sprintf("write %s or %s", render(math.Floor(x)), render(math.Ceil(x))))
		return
	}
	if !lim.allows(x) {
		d.wrong(n, path, wanted, rangeHint(lim))
		return
	}
	text := strings.ReplaceAll(n.Text, "_", "")
	if strings.ContainsAny(text, ".eE") { // whole all the same: 1e3
		text = strconv.FormatFloat(x, 'f', -1, 64)
	}
	if v.CanInt() {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v.OverflowInt(i) {
			d.wrong(n, path, wanted, fmt.Sprintf("write a number of at most %d bits", v.Type().Bits()))
			return
		}
		v.SetInt(i)
		return
	}
	u, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil || v.OverflowUint(u) {
		d.wrong(n, path, "a whole number, at least 0", fmt.Sprintf("write a number of at most %d bits, without a sign", v.Type().Bits()))
		return
	}
	v.SetUint(u)
}

func (d *decoder) duration(n *tree.Node, v reflect.Value, lim limits, path string) {
	t, err := time.ParseDuration(n.Text)
	if err != nil || !lim.allows(float64(t)) {
		hint := rangeHint(lim)
		if err != nil {
			hint = "write a number with its unit: 90s, 10m, 1h30m"
		}
		d.wrong(n, path, wantedWords(v.Type(), lim), hint)
		return
	}
	v.SetInt(int64(t))
}

// enum checks a text against the allowed ones.
func (d *decoder) enum(n *tree.Node, text string, lim limits, path string) bool {
	if lim.enum == nil {
		return true
	}
	for _, e := range lim.enum {
		if e == text {
			return true
		}
	}
	d.wrong(n, path, wantedWords(reflect.TypeFor[string](), lim), diag.Meant(text, lim.choices()))
	return false
}

func boolHint(text string) string {
	switch strings.ToLower(text) {
	case "yes", "y", "on", "1", "true":
		return "write true"
	case "no", "n", "off", "0", "false":
		return "write false"
	}
	return "write true or false"
}

func rangeHint(lim limits) string {
	if w := lim.words(); w != "" {
		return "write a value " + w
	}
	return "write another value"
}

// wantedWords says what a value must be: "a whole number from 1 to 64".
func wantedWords(t reflect.Type, lim limits) string {
	if lim.enum != nil {
		return "one of " + strings.Join(lim.choices(), ", ")
	}
	words := typeWords(t)
	if w := lim.words(); w != "" {
		words += " " + w
	}
	return words
}

// typeWords says what a type is, with its article.
func typeWords(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 10m"
	case t == reflect.TypeFor[Scalar]():
		return "a single value"
	case t == reflect.TypeFor[Strings](), t == reflect.TypeFor[Command]():
		return "a text or a list of texts"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeWords(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list of " + plural(t.Elem())
	case reflect.Map:
		return "a mapping of names to " + plural(t.Elem())
	case reflect.Struct:
		return "a mapping"
	}
	return "a whole number"
}

func plural(t reflect.Type) string {
	switch words := strings.TrimPrefix(typeWords(t), "a "); words {
	case "true or false":
		return "true or false"
	case "duration such as 10m":
		return "durations"
	default:
		first, rest, found := strings.Cut(words, " of ")
		if found {
			return first + "s of " + rest
		}
		return words + "s"
	}
}

package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
)

const nameRule = "letters, digits, - and _, beginning with a letter, at most 64"

// isName says whether s can name a pipeline, a stage or a parameter.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// taken is what is wrong with a reserved name.
const taken = "a pipeline cannot have this name: the server has something else there"

// suggestName makes a name of a text that is none.
func suggestName(s string) string {
	s = strings.Trim(strings.Map(func(r rune) rune {
		if isName("a" + string(r)) {
			return r
		}
		return '-'
	}, s), "-")
	switch {
	case isName(s):
		return s
	case isName("s" + s):
		return "s" + s
	}
	return "demo"
}

// CheckName says what keeps a text from naming a pipeline, which may be one of
// the reserved names: nil, or a *diag.Error that suggests another.
func CheckName(s string, reserved ...string) error {
	if slices.Contains(reserved, s) {
		return &diag.Error{What: taken, Found: strconv.Quote(s), Hint: "call it otherwise, as my-" + s}
	}
	if isName(s) {
		return nil
	}
	return &diag.Error{What: "a pipeline cannot have this name", Found: strconv.Quote(s), Wanted: nameRule, Hint: "call it " + suggestName(s)}
}

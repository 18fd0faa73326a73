package record

import (
	"slices"
	"strings"
)

// Remark is what people say of a run. It decides nothing.
type Remark struct {
	Name string   `json:"name"`
	Note string   `json:"note"`
	Tags []string `json:"tags"` // sorted, without blanks, each once
}

// TagsOf gives the tags that a text lists, with blanks or commas between.
func TagsOf(text string) []string {
	tags := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	slices.Sort(tags)
	return append([]string{}, slices.Compact(tags)...)
}

package jsonrow

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// Fault is something wrong with a row.
type Fault struct {
	Location string `json:"location"`          // "body.carat", "body[3].cut"
	Message  string `json:"message"`           // one clause without a full stop
	Value    any    `json:"value,omitempty"`   // what was found, cut when it is long
	Allowed  any    `json:"allowed,omitempty"` // the levels, or what is wanted in words
	Hint     string `json:"hint,omitempty"`    // `did you mean "Ideal"?`
}

// Faults is everything that is wrong with a body.
type Faults struct {
	// Syntax says that the body is no JSON of rows at all; then there is one
	// fault. Otherwise it is JSON that the schema does not allow.
	Syntax bool
	List   []Fault
	// More counts the faults that are not in List, because there are so many.
	More int
}

// maxListed bounds the faults that are kept, and so the memory that hostile
// rows cost.
const maxListed = 100

// Error implements error.
func (f *Faults) Error() string {
	text := fmt.Sprintf("%s: %s", f.List[0].Location, f.List[0].Message)
	if n := len(f.List) + f.More; n > 1 {
		text += fmt.Sprintf(" (and %d more)", n-1)
	}
	return text
}

func (f *Faults) add(fault Fault) {
	if len(f.List) == maxListed {
		f.More++
		return
	}
	f.List = append(f.List, fault)
}

// maxShown is how many bytes of a found value are shown.
const maxShown = 120

// shown gives a value for Fault.Value: itself, or its beginning as a string.
func shown(raw []byte) any {
	if len(raw) <= maxShown {
		return json.RawMessage(raw)
	}
	cut := raw[:maxShown]
	for len(cut) > 0 && !utf8.Valid(cut) {
		cut = cut[:len(cut)-1]
	}
	return string(cut) + "…"
}

// allowed says what a field takes.
func (f *field) allowed() any {
	switch f.Type {
	case table.Number:
		return span(&f.Field)
	case table.Date:
		return "a date like " + moment.Like(f.layout())
	case table.Category:
		if len(f.Levels) > 0 && len(f.Levels) <= 50 {
			return f.Levels
		}
		return "a category"
	}
	return "a text"
}

// span says which numbers a field takes.
func span(f *table.Field) string {
	switch {
	case f.Min != nil && f.Max != nil:
		return fmt.Sprintf("a number from %v to %v", *f.Min, *f.Max)
	case f.Min != nil:
		return fmt.Sprintf("a number from %v", *f.Min)
	case f.Max != nil:
		return fmt.Sprintf("a number up to %v", *f.Max)
	}
	return "a number"
}

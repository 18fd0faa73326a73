package diag

import (
	"errors"
	"fmt"
	"strings"
)

// MaxListed is how many errors a List prints; the rest are counted.
const MaxListed = 10

// List is several problems found at once, in the order of their places.
type List []*Error

// Error gives the errors one after the other, an empty line between them.
func (l List) Error() string {
	var b strings.Builder
	for i, e := range l {
		if i == MaxListed {
			fmt.Fprintf(&b, "\n\nand %d more", len(l)-MaxListed)
			break
		}
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Unwrap gives the errors, for errors.As and errors.Is.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// Err gives the list as an error: nil when it is empty, its only error when it
// has one.
func (l List) Err() error {
	switch len(l) {
	case 0:
		return nil
	case 1:
		return l[0]
	}
	return l
}

// Add appends the errors that err holds: an *Error, a List, or any other,
// which becomes an *Error with its text. Nil adds nothing.
func (l *List) Add(err error) {
	var list List
	var one *Error
	switch {
	case err == nil:
	case errors.As(err, &list):
		*l = append(*l, list...)
	case errors.As(err, &one):
		*l = append(*l, one)
	default:
		*l = append(*l, &Error{What: err.Error(), Err: err})
	}
}

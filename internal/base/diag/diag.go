// Package diag is the one shape of an error that is the user's or the data's:
// where it is, what was found, what was wanted, and what to do next.
//
// A caller's bug panics; a run-time failure is an ordinary wrapped error;
// everything a person can mend by editing a file or a command line is an
// *Error of this package.
package diag

import (
	"fmt"
	"strings"
)

// Error is a problem in something a person wrote. Every field but What is
// optional; a zero Line or Col means that the place is not known that closely.
type Error struct {
	File      string // as the user named it, relative to the project where possible
	Line, Col int    // 1-based; Col counts runes
	What      string // one clause without a full stop: `unknown key "modle"`
	Found     string // the offending value, as written
	Wanted    string // what would have been right: "a number between 0 and 1"
	Hint      string // what to do next, an imperative sentence
	Excerpt   string // the offending source lines with a caret, ready to print
	// Secret says that what was written there may hold a password: whoever gives the
	// error its place shows neither the value nor its line.
	Secret bool
	Err    error // the cause, for errors.Is; not printed when What says it
}

// Error gives the message on one line, then the excerpt and the hint on lines
// of their own:
//
//	pipelines/diamonds.yaml:31:7: unknown key "modle" in with; found "modle", wanted one of model, params
//	  31 |       modle: linear
//	             ^
//	hint: did you mean "model"?
func (e *Error) Error() string {
	text := e.Clause()
	if e.Excerpt != "" {
		text += "\n" + strings.TrimRight(e.Excerpt, "\n")
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// Clause gives the message on its one line, without excerpt and hint.
func (e *Error) Clause() string {
	var b strings.Builder
	if p := e.Place(); p != "" {
		b.WriteString(p + ": ")
	}
	b.WriteString(e.What)
	switch {
	case e.Found != "" && e.Wanted != "":
		fmt.Fprintf(&b, "; found %s, wanted %s", e.Found, e.Wanted)
	case e.Found != "":
		fmt.Fprintf(&b, "; found %s", e.Found)
	case e.Wanted != "":
		fmt.Fprintf(&b, "; wanted %s", e.Wanted)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Place gives file:line:col as far as known, or "".
func (e *Error) Place() string {
	switch {
	case e.File != "" && e.Line > 0 && e.Col > 0:
		return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Col)
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("%s:%d", e.File, e.Line)
	case e.Line > 0:
		return fmt.Sprintf("line %d", e.Line)
	}
	return e.File
}

// New is an Error without a place.
func New(what, hint string) *Error { return &Error{What: what, Hint: hint} }

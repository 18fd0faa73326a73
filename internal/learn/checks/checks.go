// Package checks is the catalogue of what labbook looks for by itself: one Check
// for each thing that can be found, with a code that never changes.
//
// Whoever finds something makes the finding of its Check; how it is searched for
// stands with the searcher. `labbook check --explain CODE` and docs/checks.md are
// written from the catalogue, and notebooks explain the codes that they show.
package checks

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/notebook"
)

// Check is one thing that is looked for.
type Check struct {
	// Code is what a person mutes and asks for. The first digit says what is
	// looked at: 0 the table, 1 the split, 2 learning, 3 the judgement, 4 leaks,
	// 5 what a server is asked. A code is never given to another check.
	Code  string
	Title string         // "A column leaks the target", without a full stop
	Level notebook.Level // of all its findings
	// How it is found, why it matters, and what to do about it: Markdown,
	// sentences.
	Found, Matters, Do string
	// Fix is the YAML that cures it, with COLUMN for the column; "" where no line
	// does.
	Fix string
}

// Finding makes a finding of the check; column and count may be empty.
func (c *Check) Finding(column string, count int, format string, args ...any) notebook.Finding {
	fix := c.Fix
	if strings.Contains(fix, "COLUMN") {
		fix = strings.ReplaceAll(fix, "COLUMN", column)
		if column == "" {
			fix = ""
		}
	}
	return notebook.Finding{Code: c.Code, Level: c.Level, Text: fmt.Sprintf(format, args...), Column: column, Count: count, Remedy: fix}
}

// Mute is the YAML that mutes findings of a check, or those about one column.
func Mute(code, column string) string {
	if column == "" {
		return "mute: {" + code + ": why}"
	}
	return "mute: {" + code + ": {" + column + ": why}}"
}

// All is the catalogue, in the order of the codes.
var All = slices.Concat(ofTables, ofFiles, ofConfounding, ofSplits, ofLearning, ofJudging, ofLeaks, ofServing)

// Lookup gives the check with that code, written in any case; nil when there is
// none.
func Lookup(code string) *Check {
	for _, c := range All {
		if strings.EqualFold(c.Code, code) {
			return c
		}
	}
	return nil
}

// Codes gives those of all checks, in order.
func Codes() []string {
	codes := make([]string, len(All))
	for i, c := range All {
		codes[i] = c.Code
	}
	return codes
}

// Skipped is a check that could not be made, and why.
type Skipped struct {
	Code string `json:"code"`
	Why  string `json:"why"`
}

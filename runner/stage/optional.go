package stage

import "strings"

// optional begins the pattern of files that need not be there.
const optional = "? "

// Optional gives the pattern, as Kind.Files gives it, of files that need not be
// there: when one comes or goes, that is a reason to run.
func Optional(pattern string) string { return optional + pattern }

// IsOptional says whether a pattern is one, and gives what it was made of.
func IsOptional(pattern string) (of string, ok bool) { return strings.CutPrefix(pattern, optional) }

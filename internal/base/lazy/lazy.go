// Package lazy makes at their first use what a package would otherwise make as the
// program starts. Every command would wait for that, whatever it needs.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp gives a regular expression that is compiled when it is first asked for.
// It panics then if it is none.
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

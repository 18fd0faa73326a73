package diag

import (
	"fmt"
	"strconv"
	"strings"
)

// Closest gives the candidate most like name, and whether it is near enough to
// be what was meant: at most a third of the letters differ (Damerau-Levenshtein
// distance, case folded), or one is the beginning of the other. Of equally near
// ones the first wins.
func Closest(name string, candidates []string) (string, bool) {
	best, bestDist := "", 1<<30
	low := strings.ToLower(name)
	for _, c := range candidates {
		cl := strings.ToLower(c)
		d := distance(low, cl)
		if len(low) >= 3 && (strings.HasPrefix(cl, low) || strings.HasPrefix(low, cl) && len(cl) >= 3) {
			d = min(d, 1)
		}
		if d < bestDist {
			best, bestDist = c, d
		}
	}
	longest := max(len([]rune(low)), len([]rune(best)))
	return best, best != "" && bestDist <= max(1, longest/3)
}

// DidYouMean is the hint for an unknown name: the closest candidate, or all of
// them when none is near and there are few.
func DidYouMean(name string, candidates []string) string {
	if c, ok := Closest(name, candidates); ok {
		return fmt.Sprintf("did you mean %q?", c)
	}
	if len(candidates) == 0 {
		return ""
	}
	if len(candidates) > 20 {
		candidates = append(candidates[:20:20], "…")
	}
	return "known are: " + Names(candidates)
}

// Meant is DidYouMean of an error that lists the candidates as what is wanted.
func Meant(name string, candidates []string) string {
	if c, ok := Closest(name, candidates); ok {
		return fmt.Sprintf("did you mean %q?", c)
	}
	return "write one of these"
}

// Names writes names one after the other, in quotes those that could be taken for
// several, or for nothing.
func Names(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		if shown[i] = name; strings.ContainsAny(name, ",\"\n\t") || strings.TrimSpace(name) != name || name == "" {
			shown[i] = strconv.Quote(name)
		}
	}
	return strings.Join(shown, ", ")
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(y)]
}

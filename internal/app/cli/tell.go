package cli

import (
	"fmt"
	"strconv"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/learn/question"
)

// mostLines is how many lines about columns fit on a screen beside the others.
const mostLines = 16

// tellStarter says what was decided, at most a screen: of each column that is not
// as usual, as what it is read, why, and how to say otherwise.
func (a *app) tellStarter(s *starter, path string) {
	for _, r := range capped(s.Remarks, "the run tells them all") {
		fmt.Fprintln(a.err, a.colours(a.err).yellow("warning:"), r)
	}
	fmt.Fprintf(a.out, "%s: %s, %s\n", s.Data, human.Count(s.Rows, "row"), human.Count(s.Width, "column"))
	fmt.Fprintln(a.out, s.decision())
	lines := s.lines(path)
	for _, l := range aligned(lines[:min(len(lines), mostLines)]) {
		fmt.Fprintln(a.out, "  "+l)
	}
	if more := len(lines) - mostLines; more > 0 {
		fmt.Fprintf(a.out, "  and %s of this kind: %s names them all\n", human.Count(more, "more"), path)
	}
	for _, o := range s.Offers {
		fmt.Fprintf(a.out, "%s; if so, say %s\n", o.What, o.Flag)
	}
	if s.Candidates > 0 {
		fmt.Fprintf(a.out, "%s %s tried: %s\n", human.Count(s.Candidates, "candidate"), map[bool]string{true: "is", false: "are"}[s.Candidates == 1], s.CandidatesWhy)
	}
	fmt.Fprintln(a.out, "otherwise: --task, --time, --group, --drop, --text; what was found: labbook init --explain")
}

// decision says what is predicted.
func (s *starter) decision() string {
	t := &s.Target
	text := fmt.Sprintf("%s is predicted as %s", t.Name, t)
	switch {
	case strings.HasPrefix(t.Why, "as "):
		text += ", " + t.Why
	case t.Why != "":
		text += ": " + t.Why
	}
	if t.Else != "" {
		text += fmt.Sprintf("; say --task %s if it is not", t.Else)
	}
	return text
}

// lines tells of the columns that are read in a form of their own, or are not
// learned from, and of the split.
func (s *starter) lines(path string) []line {
	lines := append([]line(nil), s.Read...)
	for _, d := range s.Question.Columns {
		l := line{column: d.Column, as: string(d.Role), why: d.Why}
		if d.Role == question.Trees {
			l.as = "trees only"
		}
		lines = append(lines, l)
	}
	for _, a := range s.Question.Alike {
		ways := a.Levels[0]
		quoted := make([]string, len(ways))
		for i, way := range ways {
			quoted[i] = strconv.Quote(way)
		}
		lines = append(lines, line{a.Column, "levels", "has " + human.And(quoted) + ", which differ by case or blanks only", "labels: in the load stage merges them"})
	}
	if why := s.Split.Why; why != "" {
		lines = append(lines, line{column: "split", as: s.Split.String(), why: why})
	}
	return lines
}

// aligned writes lines so that what they are read as stands in one column.
func aligned(lines []line) []string {
	width, as := 0, 0
	for _, l := range lines {
		width, as = max(width, len([]rune(human.Clip(l.column, 24)))), max(as, len([]rune(l.as)))
	}
	var out []string
	for _, l := range lines {
		text := fmt.Sprintf("%-*s  %-*s  %s", width, human.Clip(l.column, 24), as, l.as, l.why)
		if l.otherwise != "" {
			text += "; " + l.otherwise
		}
		out = append(out, strings.TrimRight(text, " "))
	}
	return out
}

// capped gives no more lines than fit on a screen beside the others.
func capped(lines []string, rest string) []string {
	const most = 8
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most-1:most-1], fmt.Sprintf("and %d more of this kind; %s", len(lines)-most+1, rest))
}

// explainStarter prints all that was found, and writes nothing.
func (a *app) explainStarter(s *starter) error {
	fmt.Fprintf(a.out, "%s: %s, %s\n", s.Data, human.Count(s.Rows, "row"), human.Count(s.Width, "column"))
	fmt.Fprintln(a.out, s.decision())
	if len(s.Target.Classes) > 0 {
		fmt.Fprintln(a.out, "  "+s.ClassLines())
	}
	decided := map[string]string{}
	for _, l := range s.lines("") {
		decided[l.column] += l.as + ": " + l.why + "; "
	}
	var lines []line
	for _, seen := range s.Seen {
		as, why, _ := strings.Cut(strings.TrimSuffix(decided[seen.Column], "; "), ": ")
		lines = append(lines, line{seen.Column, seen.What, "", ""})
		if as != "" {
			lines = append(lines, line{"", "→ " + as + ": " + why, "", ""})
		}
	}
	for _, l := range aligned(lines) {
		fmt.Fprintln(a.out, "  "+l)
	}
	fmt.Fprintf(a.out, "split %s%s\n", s.Split, map[bool]string{true: ": " + s.Split.Why}[s.Split.Why != ""])
	if s.Split.FoldsWhy != "" {
		fmt.Fprintln(a.out, "  "+s.Split.FoldsWhy)
	}
	for _, e := range s.Evidence {
		fmt.Fprintln(a.out, "  "+e)
	}
	for _, o := range s.Offers {
		fmt.Fprintf(a.out, "%s; if so, say %s\n", o.What, o.Flag)
	}
	for _, r := range s.Remarks {
		fmt.Fprintln(a.out, "remark:", r)
	}
	return nil
}

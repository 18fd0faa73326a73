package look

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Judged is a value of a history, drawn at X, with the ends of its interval.
type Judged struct {
	X, Value, Low, High float64
	// Rows tells test rows apart: values of equal ones can be seen side by side.
	// "" says that it is not known.
	Rows string
}

// Trace gives the paths of a history: its line, which breaks where a value was
// judged on other test rows than the one before, and the intervals. A step that
// nobody measured is not drawn.
func Trace(points []Judged, y func(float64) float64) (line, intervals string) {
	var steps, bars strings.Builder
	for i, p := range points {
		command := "M"
		if i > 0 && p.Rows != "" && p.Rows == points[i-1].Rows {
			command = "L"
		}
		fmt.Fprintf(&steps, "%s%s %s", command, Px(p.X), Px(y(p.Value)))
		if p.High > p.Low {
			fmt.Fprintf(&bars, "M%s %sV%s", Px(p.X), Px(y(p.Low)), Px(y(p.High)))
		}
	}
	return steps.String(), bars.String()
}

// Elsewhere says which values were judged on other test rows than the one that
// they are seen beside, and says so in words; "" when none was.
func Elsewhere(points []Judged, beside int, name string) (others []bool, note string) {
	others = make([]bool, len(points))
	rows := points[beside].Rows
	if rows == "" {
		return others, "It is not known which of them were judged on the same test rows, so nothing is to be read from their heights."
	}
	any := false
	for i, p := range points {
		others[i] = p.Rows != rows
		any = any || others[i]
	}
	if any {
		note = "Grey: judged on other test rows than " + name + ", so its height says nothing beside the others'."
	}
	return others, note
}

// Px writes a length of a drawing.
func Px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

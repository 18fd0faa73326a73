package explore

import (
	"fmt"
	"math"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// confounding says which relations are others among rows alike.
func confounding(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, c := range f.Confounded {
		all = append(all, note(checks.Confounded, c.Column, 0, "%s", c.words(f))...)
	}
	return all
}

// words tells both slopes in a sentence.
func (c *Confounding) words(f *Facts) string {
	x, z := f.Profiles[f.Index(c.Column)], f.Profiles[f.Index(c.Within)]
	of := f.Target.Name
	if levels := f.Target.used(); f.Target.Type == table.Category {
		of = "the share of " + quoted(levels[1])
	}
	alike := "among rows of about the same " + z.Name
	if z.Type == table.Category {
		alike = "among rows of the same " + z.Name
	}
	levels := x.used()
	if x.Type == table.Category && !x.Ordered && len(levels) > 2 {
		part := func(v float64) string { return human.Fixed(100*v/c.Crude.Value, 0) }
		low, high := part(c.Adjusted.Low), part(c.Adjusted.High)
		if c.Reverses {
			return fmt.Sprintf("differences of %s between levels of %s turn round %s: they come to %s %% of what they were (%s to %s)", of, x.Name, alike, part(c.Adjusted.Value), low, high)
		}
		return fmt.Sprintf("differences of %s between levels of %s mostly vanish %s: %s %% of them are left (%s to %s)", of, x.Name, alike, part(c.Adjusted.Value), low, high)
	}
	with, step := " with "+x.Name, " for each standard deviation"
	switch {
	case x.Type == table.Category && len(levels) == 2:
		with, step = fmt.Sprintf(" from %s to %s of %s", quoted(levels[0]), quoted(levels[1]), x.Name), ""
	case x.Type == table.Category:
		step = fmt.Sprintf(" a level, from %s to %s", levels[0], levels[len(levels)-1])
	}
	way := map[bool]string{true: "rises", false: "falls"}
	but := "hardly changes"
	if c.Reverses {
		but = way[c.Adjusted.Value > 0]
	}
	text := fmt.Sprintf("%s %s%s (%s%s), but %s it %s (%s, %s to %s)", of, way[c.Crude.Value > 0], with, c.amount(f.Target, c.Crude.Value), step,
		alike, but, c.amount(f.Target, c.Adjusted.Value), c.amount(f.Target, c.Adjusted.Low), c.amount(f.Target, c.Adjusted.High))
	if step != "" && math.Abs(c.Along) >= leastReversed {
		text += fmt.Sprintf(": higher %s comes with %s %s", x.Name, map[bool]string{true: "more", false: "less"}[c.Along > 0], z.Name)
	}
	return text
}

// amount writes a slope with its sign.
func (c *Confounding) amount(target *Profile, v float64) string {
	unit := ""
	switch {
	case target.Type == table.Category:
		v, unit = 100*v, " points"
	case c.Log:
		v, unit = 100*math.Expm1(v), " %"
	case target.Unit != "":
		unit = " " + target.Unit
	}
	text := human.Trimmed(math.Abs(v), 2)
	if strings.Trim(text, "0.") == "" {
		return "0" + unit
	}
	return map[bool]string{true: "+", false: "−"}[v > 0] + text + unit
}

// used gives the levels that occur.
func (p *Profile) used() []string {
	var names []string
	for _, l := range p.Levels {
		if l.Count > 0 {
			names = append(names, human.Clip(l.Name, 40))
		}
	}
	return names
}

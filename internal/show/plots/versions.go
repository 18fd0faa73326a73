package plots

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Version is what a version of a model measured.
type Version struct {
	Number int
	metrics.Value
	// Of is the variant that it is a version of: the stage that trained it.
	Of string
	// Rows tells test rows apart, by their digest: only heights of equal ones can be
	// seen side by side. "" says that it is not known.
	Rows     string
	Champion bool // it became champion when it was registered
	Standing bool // it is champion now
}

// Versions shows a metric over the versions of a model, each with its interval,
// beside the one that is champion now, or the last. A line joins versions of a variant
// that follow each other and were judged on the same test rows as it; where several
// variants have one, each is named. It is nil for fewer than two versions that can be
// drawn.
func Versions(title string, versions []Version) *notebook.Figure {
	var drawn []Version
	for _, v := range versions {
		if math.Abs(v.Value.Value) < huge {
			drawn = append(drawn, v)
		}
	}
	if len(drawn) < 2 {
		return nil
	}
	last := drawn[len(drawn)-1]
	axis := last.Axis()
	beside := beside(drawn)
	chart := Frame{Title: title, Subtitle: subtitle(drawn, beside), X: "version", Y: axis.Name}.chart()
	chart.X.Scale = figure.Whole
	chart.X.Ends = &[2]float64{float64(drawn[0].Number) - 0.4, float64(last.Number) + 0.4}
	chart.XY = &figure.XY{Series: append(joined(drawn, beside, axis), groups(drawn, beside, axis)...)}
	return &notebook.Figure{Alt: versionsAlt(axis.Name, drawn, beside), Chart: chart}
}

// beside gives the version that the others are seen beside.
func beside(versions []Version) *Version {
	for i := range versions {
		if versions[i].Standing {
			return &versions[i]
		}
	}
	return &versions[len(versions)-1]
}

// alike says whether two versions can be seen side by side. Where nothing is known
// of the one that is looked from, none is told apart.
func (v *Version) alike(beside *Version) bool { return beside.Rows == "" || v.Rows == beside.Rows }

// subtitle says what can be read from the heights.
func subtitle(versions []Version, beside *Version) string {
	if beside.Rows == "" {
		return "it is not known which were judged on the same test rows, so nothing is to be read from their heights"
	}
	for i := range versions {
		if !versions[i].alike(beside) {
			return fmt.Sprintf("hollow: judged on other test rows than version %d, so nothing is to be read from its height", beside.Number)
		}
	}
	return "each with its interval, all on the same test rows"
}

// joined gives the steps that were measured: a line for each variant, between its
// neighbours on the same rows. What a variant measured says nothing of another.
func joined(versions []Version, beside *Version, axis metrics.Axis) (lines []figure.Series) {
	if beside.Rows == "" {
		return nil
	}
	for _, of := range variants(versions) {
		s := figure.Series{Name: label(of, 40)}
		var a *Version
		for i := range versions {
			b := &versions[i]
			if b.Of != of {
				continue
			}
			if a != nil && a.alike(beside) && b.alike(beside) {
				if n := len(s.X); n > 0 && s.X[n-1] != float64(a.Number) {
					s.X, s.Y = append(s.X, math.NaN()), append(s.Y, math.NaN())
				}
				s.X = append(s.X, float64(a.Number), float64(b.Number))
				s.Y = append(s.Y, axis.At(a.Value.Value), axis.At(b.Value.Value))
			}
			a = b
		}
		if len(s.X) > 0 {
			lines = append(lines, s)
		}
	}
	if len(lines) == 1 {
		lines[0].Name, lines[0].Role = "", figure.Quiet
	}
	return lines
}

// variants lists what the versions are of, in their order.
func variants(versions []Version) (all []string) {
	for i := range versions {
		if !slices.Contains(all, versions[i].Of) {
			all = append(all, versions[i].Of)
		}
	}
	return all
}

// groups gives the versions as points, by what became of them, and the one that
// counts most above all.
func groups(versions []Version, beside *Version, axis metrics.Axis) []figure.Series {
	var all []figure.Series
	for _, g := range []struct {
		name, role string
		holds      func(v *Version) bool
	}{
		{"not promoted, on other test rows", figure.Elsewhere, func(v *Version) bool { return !v.Standing && !v.Champion && !v.alike(beside) }},
		{"promoted, on other test rows", figure.ChosenThere, func(v *Version) bool { return !v.Standing && v.Champion && !v.alike(beside) }},
		{"not promoted", "", func(v *Version) bool { return !v.Standing && !v.Champion && v.alike(beside) }},
		{"promoted", figure.Chosen, func(v *Version) bool { return !v.Standing && v.Champion && v.alike(beside) }},
		{"champion now", figure.Now, func(v *Version) bool { return v.Standing }},
	} {
		points := figure.Series{Name: g.name, Mark: figure.Points, Role: g.role}
		for i := range versions {
			v := &versions[i]
			if !g.holds(v) {
				continue
			}
			low, high := v.Ends()
			points.X, points.Y = append(points.X, float64(v.Number)), append(points.Y, axis.At(v.Value.Value))
			points.Low, points.High = append(points.Low, axis.At(low)), append(points.High, axis.At(high))
		}
		if len(points.X) > 0 {
			all = append(all, points)
		}
	}
	return all
}

func versionsAlt(axis string, versions []Version, beside *Version) string {
	text := fmt.Sprintf("%s of %s.", label(axis, 60), human.Count(len(versions), "version"))
	several := len(variants(versions)) > 1
	for i := range versions {
		if i == 8 {
			text += fmt.Sprintf(" And %d more.", len(versions)-i)
			break
		}
		v := &versions[i]
		text += fmt.Sprintf(" Version %d: %s", v.Number, v.Format())
		if several {
			text += " by " + label(v.Of, 40)
		}
		if !v.alike(beside) {
			text += ", on other test rows"
		}
		if v.Standing {
			text += ", champion now"
		}
		text += "."
	}
	return text
}

package plots

import (
	"fmt"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Version is what a version of a model measured.
type Version struct {
	Number           int
	Value, Low, High float64 // the ends are Value's own where no interval was taken
	// Alike says that it was judged on the same test rows as the last one, so
	// that the two heights can be seen side by side.
	Alike    bool
	Champion bool // it became champion
}

// Versions shows a metric over the versions of a model, each with its interval.
// A line joins neighbours that were judged on the same test rows as the last.
func Versions(f Frame, versions []Version) *notebook.Figure {
	chart := f.chart()
	chart.X.Scale = figure.Whole
	if n := len(versions); n > 0 {
		chart.X.Ends = &[2]float64{float64(versions[0].Number) - 0.4, float64(versions[n-1].Number) + 0.4}
	}
	chart.XY = &figure.XY{}
	var joined figure.Series
	for i := 1; i < len(versions); i++ {
		if a, b := versions[i-1], versions[i]; a.Alike && b.Alike {
			joined.X = append(joined.X, float64(a.Number), float64(b.Number))
			joined.Y = append(joined.Y, a.Value, b.Value)
		} else if len(joined.X) > 0 {
			joined.X, joined.Y = append(joined.X, clean([]float64{huge})...), append(joined.Y, clean([]float64{huge})...)
		}
	}
	if len(joined.X) > 0 {
		joined.Role = figure.Quiet
		chart.XY.Series = append(chart.XY.Series, joined)
	}
	for _, s := range []struct {
		name, role      string
		alike, champion bool
	}{
		{"became champion", figure.Chosen, true, true},
		{"did not", "", true, false},
		{"became champion, on other test rows", figure.ChosenThere, false, true},
		{"did not, on other test rows", figure.Elsewhere, false, false},
	} {
		points := figure.Series{Name: s.name, Mark: figure.Points, Role: s.role}
		for _, v := range versions {
			if v.Alike == s.alike && v.Champion == s.champion {
				points.X, points.Y = append(points.X, float64(v.Number)), append(points.Y, v.Value)
				points.Low, points.High = append(points.Low, v.Low), append(points.High, v.High)
			}
		}
		if len(points.X) > 0 {
			chart.XY.Series = append(chart.XY.Series, points)
		}
	}
	return &notebook.Figure{Alt: versionsAlt(f, versions), Chart: chart}
}

func versionsAlt(f Frame, versions []Version) string {
	text := fmt.Sprintf("%s of %s.", label(f.Y, 60), human.Count(len(versions), "version"))
	for i, v := range versions {
		if i == 8 {
			text += fmt.Sprintf(" And %d more.", len(versions)-i)
			break
		}
		text += fmt.Sprintf(" Version %d: %s", v.Number, human.Digits(v.Value, 4))
		if !v.Alike {
			text += ", on other test rows"
		}
		text += "."
	}
	return text
}

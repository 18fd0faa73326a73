package plots

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Group is the values of one category.
type Group struct {
	Name   string
	Values []float64
}

// Groups shows how numbers are spread within each category, one row each: as
// violins with their quartiles where there are enough values, as boxes (Tukey:
// whiskers to the last value within 1.5 interquartile ranges) where there are
// few of them or many categories.
func Groups(f Frame, groups []Group) *notebook.Figure {
	names, sorted := make([]string, len(groups)), make([][]float64, len(groups))
	var all []float64
	fewest := math.MaxInt
	for i, g := range groups {
		names[i], sorted[i] = g.Name, finite(g.Values)
		for f.LogX && len(sorted[i]) > 0 && sorted[i][0] <= 0 {
			sorted[i] = sorted[i][1:]
		}
		all = append(all, sorted[i]...)
		fewest = min(fewest, len(sorted[i]))
	}
	all = finite(all)
	low, high, _ := window(all)
	if f.LogX && len(all) > 0 {
		low, high = all[0], all[len(all)-1]
	}
	violins := len(groups) <= 12 && fewest >= 30
	chart := f.chart()
	chart.Groups = []figure.Group{}
	if len(all) > 0 {
		chart.X.Ends = &[2]float64{low, high}
	}
	for i, values := range sorted {
		g := figure.Group{Name: names[i], Rows: len(values)}
		if len(values) > 0 {
			g.Five = five(values)
		}
		if violins {
			g.Span, g.Density = violin(values, low, high, f.LogX)
		}
		chart.Groups = append(chart.Groups, g)
	}
	return &notebook.Figure{Alt: groupsAlt(f, names, sorted, violins), Chart: chart}
}

// five gives the whiskers' ends and the quartiles of sorted values.
func five(sorted []float64) figure.Numbers {
	q1, q2, q3 := quantile(sorted, .25), quantile(sorted, .5), quantile(sorted, .75)
	reach := 1.5 * (q3 - q1)
	a, b := q1, q3
	for _, v := range sorted {
		if v >= q1-reach {
			a = min(v, q1)
			break
		}
	}
	for i := len(sorted) - 1; i >= 0; i-- {
		if sorted[i] <= q3+reach {
			b = max(sorted[i], q3)
			break
		}
	}
	return figure.Numbers{a, q1, max(q1, q2), max(q1, q2, q3), b}
}

// violin gives the density of sorted values between two ends, as parts of its
// highest point, and from where to where it goes.
func violin(sorted []float64, low, high float64, log bool) (*[2]float64, figure.Numbers) {
	const points = 64
	from, to := max(low, sorted[0]), min(high, sorted[len(sorted)-1])
	values, a, b := sorted, from, to
	if log {
		values = make([]float64, len(sorted))
		for i, v := range sorted {
			values[i] = math.Log(v)
		}
		a, b = math.Log(from), math.Log(to)
	}
	heights := density(values, a, b, points)
	top := slices.Max(heights)
	if !(top > 0 && top < huge) {
		return nil, nil
	}
	for i, h := range heights {
		heights[i] = math.Round(h/top*1e4) / 1e4
	}
	return &[2]float64{from, to}, heights
}

func groupsAlt(f Frame, names []string, sorted [][]float64, violins bool) string {
	shape := "Box plots"
	if violins {
		shape = "Violin plots"
	}
	highest, lowest := -1, -1
	for i, s := range sorted {
		if len(s) == 0 {
			continue
		}
		if highest < 0 || quantile(s, .5) > quantile(sorted[highest], .5) {
			highest = i
		}
		if lowest < 0 || quantile(s, .5) < quantile(sorted[lowest], .5) {
			lowest = i
		}
	}
	if highest < 0 {
		return fmt.Sprintf("%s of %s: there is no value to show.", shape, f.name())
	}
	return fmt.Sprintf("%s of %s for %d categories. The median is highest for %s (%s) and lowest for %s (%s).", shape, f.name(), len(names),
		label(names[highest], 40), human.Digits(quantile(sorted[highest], .5), 4),
		label(names[lowest], 40), human.Digits(quantile(sorted[lowest], .5), 4))
}

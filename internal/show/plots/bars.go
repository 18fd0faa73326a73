package plots

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/figure"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Bar is a row of a bar chart or of an interval chart.
type Bar struct {
	Name      string
	Value     float64
	Low, High float64 // the ends of its interval; both 0 for none
	Rows      int     // how many rows it is from, where that is worth saying; 0 for not
	Strong    bool    // stands out
}

func (b Bar) interval() bool { return b.Low != 0 || b.High != 0 }

// Bars shows a number per name as horizontal bars from zero, in the order
// given, with intervals where there are some.
func Bars(f Frame, bars []Bar) *notebook.Figure { return barFigure(f, "", "Bars", bars, 0) }

// Parts shows numbers as bars and as parts of a whole.
func Parts(f Frame, bars []Bar, whole int) *notebook.Figure {
	return barFigure(f, "", "Bars", bars, float64(whole))
}

// Intervals shows a number per name as a dot with its interval, for values of
// which zero is no natural start.
func Intervals(f Frame, bars []Bar) *notebook.Figure {
	return barFigure(f, figure.Dots, "Dots with intervals", bars, 0)
}

// Columns shows a number per bin as upright bars, such as an error per decile;
// the names stand below.
func Columns(f Frame, bars []Bar) *notebook.Figure {
	return barFigure(f, figure.Upright, "Columns", bars, 0)
}

func barFigure(f Frame, form, shape string, bars []Bar, whole float64) *notebook.Figure {
	bars = slices.Clone(bars)
	b := &figure.Bars{Form: form, Names: []string{}, Values: figure.Numbers{}, Of: whole}
	spread := slices.ContainsFunc(bars, Bar.interval)
	counted := slices.ContainsFunc(bars, func(b Bar) bool { return b.Rows > 0 })
	for i := range bars {
		bar := &bars[i]
		if !(math.Abs(bar.Value) < huge) {
			bar.Value = math.NaN()
		}
		b.Names, b.Values = append(b.Names, bar.Name), append(b.Values, bar.Value)
		if spread {
			low, high := bar.Low, bar.High
			if !bar.interval() || !(math.Abs(low) < huge && math.Abs(high) < huge) {
				low, high = math.NaN(), math.NaN()
			}
			b.Low, b.High = append(b.Low, low), append(b.High, high)
		}
		if counted {
			b.Counts = append(b.Counts, bar.Rows)
		}
		if bar.Strong {
			b.Strong = append(b.Strong, i)
		}
	}
	chart := f.chart()
	chart.Bars = b
	return &notebook.Figure{Alt: barsAlt(shape, f, bars, whole), Chart: chart}
}

func barsAlt(shape string, f Frame, bars []Bar, whole float64) string {
	text := shape + " of " + f.name() + ": "
	for i, b := range bars {
		if i == 5 && len(bars) > 6 {
			return text + fmt.Sprintf(" and %d more.", len(bars)-i)
		}
		if i > 0 {
			text += "; "
		}
		value := human.Digits(b.Value, 3)
		if b.Value == math.Trunc(b.Value) && math.Abs(b.Value) < 1e15 {
			value = human.Int(int(b.Value))
		}
		text += label(b.Name, 40) + " " + value
		if whole > 0 {
			text += fmt.Sprintf(" (%.0f %%)", 100*b.Value/whole)
		}
	}
	if len(bars) == 0 {
		return text + "there is nothing to show."
	}
	return text + "."
}

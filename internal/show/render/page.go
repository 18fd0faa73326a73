package render

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"labbook/internal/base/figure"
	"labbook/internal/base/notebook"
)

//go:embed figure.css
var sheet string

// Script lets a reader have the exact values: by the pointer, with the arrow keys,
// or as a table; and hide series, figure by figure. It counts in a page's policy by its digest; figures
// are whole without it.
//
//go:embed figure.js
var Script string

// HTML gives a figure's inside: the words above it, the drawings for a wide and
// for a narrow page, and the exact values beside them as data. The page needs
// CSS, and may have Script.
func HTML(f *notebook.Figure) (string, error) {
	if err := checked(f.Chart); err != nil {
		return "", err
	}
	var out strings.Builder
	if t := label(f.Chart.Title, 300); t != "" {
		fmt.Fprintf(&out, "<p class=\"figure-title\">%s</p>", html.EscapeString(t))
	}
	if t := label(f.Chart.Subtitle, 400); t != "" {
		fmt.Fprintf(&out, "<p class=\"figure-subtitle\">%s</p>", html.EscapeString(t))
	}
	c, desk := svg(f.Chart, widthOf(f.Chart))
	class, phone := "column", ""
	switch {
	case c.fixed:
		class = "fixed"
	case f.Chart.Room == "":
		class = "whole"
		_, phone = svg(f.Chart, narrow)
	}
	role := "img"
	if len(c.doors) > 0 {
		role = "group" // what is in a picture cannot be opened
	}
	fmt.Fprintf(&out, "\n<div class=\"drawing %s\" role=\"%s\" tabindex=\"0\" aria-label=\"%s\">%s%s</div>\n", class, role, html.EscapeString(label(f.Alt, 2000)), desk, phone)
	if len(c.spots) > 0 || c.plane != nil {
		data, err := json.Marshal(valuesOf(c))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "<script type=\"application/json\">%s</script>", data) // json escapes <, > and &
	}
	return out.String(), nil
}

// values is what figure.js reads.
type values struct {
	Texts  []string       `json:"texts,omitempty"`  // of the drawings' places, in order
	Names  []string       `json:"names,omitempty"`  // of the axes
	Series []string       `json:"series,omitempty"` // that can be hidden
	X      *figure.Axis   `json:"x,omitempty"`      // the axes of what follows
	Y      *figure.Axis   `json:"y,omitempty"`
	Bins   *figure.Bins   `json:"bins,omitempty"`
	Points figure.Numbers `json:"points,omitempty"`
}

func valuesOf(c *chart) values {
	var v values
	for _, s := range c.spots {
		v.Texts = append(v.Texts, s.text)
	}
	if x, y := label(c.spec.X.Name, 60), label(c.spec.Y.Name, 60); x != "" || y != "" {
		v.Names = []string{x, y}
	}
	v.Series = c.seriesNames()
	if c.plane != nil {
		v.X = &figure.Axis{Name: label(c.spec.X.Name, 60), Scale: c.spec.X.Scale, Ends: &[2]float64{c.Plot.X.Min, c.Plot.X.Max}}
		v.Y = &figure.Axis{Name: label(c.spec.Y.Name, 60), Scale: c.spec.Y.Scale, Ends: &[2]float64{c.Plot.Y.Min, c.Plot.Y.Max}}
		v.Bins, v.Points = c.spec.XY.Bins, c.points
	}
	return v
}

// svg draws for a width. The places of exact values stand in data-at, and where
// the axes are in data-box, left, top, width and height.
func svg(spec *figure.Chart, width float64) (*chart, string) {
	c := layOut(spec, width)
	canvas := newPage(c.height)
	c.draw(draw.NewCanvas(canvas, vg.Length(c.width), vg.Length(c.height)), vg.Length(c.height))
	size := fmt.Sprintf(`width="%.0f" height="%.0f"`, c.width, c.height)
	var at strings.Builder
	if len(c.spots) > 0 {
		at.WriteString(` data-at="`)
		for i, s := range c.spots {
			if i > 0 {
				at.WriteByte(' ')
			}
			fmt.Fprintf(&at, "%.0f %.0f", s.x, s.y)
		}
		at.WriteByte('"')
	}
	if r := c.plane; r != nil {
		fmt.Fprintf(&at, ` data-box="%.1f %.1f %.1f %.1f"`, r.Min.X, c.height-float64(r.Max.Y), r.Size().X, r.Size().Y)
	}
	for _, o := range c.doors {
		fmt.Fprintf(&canvas.out, "<a href=\"%s\" tabindex=\"-1\" data-spot=\"%d\" aria-label=\"%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"transparent\"/></a>\n",
			html.EscapeString(o.to), o.spot, html.EscapeString(o.text), o.x, o.y, o.wide, o.high)
	}
	class := "desk"
	if width == narrow {
		class = "phone"
	}
	return c, fmt.Sprintf("<svg class=\"%s\" %s viewBox=\"0 0 %.0f %.0f\" font-size=\"%s\" fill=\"var(--f-soft)\"%s>\n%s</svg>",
		class, size, c.width, c.height, short10(tenths(letters)), at.String(), canvas.out.String())
}

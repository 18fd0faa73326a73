package render

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marker draws a sign at each of several points.
type marker func(c *draw.Canvas, at []vg.Point, radius vg.Length, tone paint)

// markers are taken by series in turn.
var markers = []marker{disc, polygon(4, math.Pi/4, 1.15), polygon(3, math.Pi/2, 1.35), polygon(4, 0, 1.3), polygon(3, -math.Pi/2, 1.35)}

// disc draws full circles.
func disc(c *draw.Canvas, at []vg.Point, radius vg.Length, tone paint) {
	if p := pageOf(c); p != nil {
		p.SetColor(tone)
		p.Dots(at, radius)
		return
	}
	areas(c, func(path *vg.Path) {
		for _, v := range at {
			circle(path, v, radius)
		}
	}, tone)
}

// ring draws empty circles.
func ring(c *draw.Canvas, at []vg.Point, radius vg.Length, tone paint) {
	circles := func(path *vg.Path) {
		for _, v := range at {
			circle(path, v, radius-0.8)
		}
	}
	areas(c, circles, paints[ground])
	lines(c, circles, tone, 1.6)
}

// polygon draws regular polygons with a corner at an angle; those with few
// corners are larger to weigh the same.
func polygon(corners int, from float64, larger vg.Length) marker {
	return func(c *draw.Canvas, at []vg.Point, radius vg.Length, tone paint) {
		areas(c, func(path *vg.Path) { addPolygons(path, at, corners, from, larger*radius) }, tone)
	}
}

// emptyDiamond is the outline of a diamond.
func emptyDiamond(c *draw.Canvas, at []vg.Point, radius vg.Length, tone paint) {
	diamonds := func(path *vg.Path) { addPolygons(path, at, 4, 0, 1.3*radius-0.8) }
	areas(c, diamonds, paints[ground])
	lines(c, diamonds, tone, 1.6)
}

func addPolygons(path *vg.Path, at []vg.Point, corners int, from float64, radius vg.Length) {
	for _, v := range at {
		for k := range corners {
			s, cos := math.Sincos(from + 2*math.Pi*float64(k)/float64(corners))
			corner := vg.Point{X: v.X + radius*vg.Length(cos), Y: v.Y + radius*vg.Length(s)}
			if k == 0 {
				path.Move(corner)
			} else {
				path.Line(corner)
			}
		}
		path.Close()
	}
}

// circle adds a closed circle.
func circle(path *vg.Path, at vg.Point, radius vg.Length) {
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, 2*math.Pi)
	path.Close()
}

// tiles fills rectangles of one height.
func tiles(c *draw.Canvas, cells []vg.Rectangle, tone paint) {
	if p := pageOf(c); p != nil {
		p.SetColor(tone)
		p.Cells(cells)
		return
	}
	areas(c, func(path *vg.Path) {
		for _, r := range cells {
			rectangle(path, r.Min.X, r.Min.Y, r.Max.X, r.Max.Y)
		}
	}, tone)
}

// pageOf gives the page that a canvas draws on, or nil; gonum wraps canvases.
func pageOf(c vg.Canvas) *page {
	for {
		switch on := c.(type) {
		case *page:
			return on
		case draw.Canvas:
			c = on.Canvas
		case *draw.Canvas:
			c = on.Canvas
		default:
			return nil
		}
	}
}

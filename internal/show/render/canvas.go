package render

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// page is a vg.Canvas that writes SVG for the inside of a page: colours are
// names that the page's style sheet gives a value to, light or dark, text is
// text, and paths are short. Lengths are CSS pixels, to a tenth.
type page struct {
	out    bytes.Buffer
	height float64
	now    pen
	kept   []pen
}

// pen is what Push keeps. The matrix maps a point to the page, whose Y goes up
// until it is written.
type pen struct {
	paint  color.Color
	width  vg.Length
	dashes []vg.Length
	a      [6]float64 // x' = a0 x + a2 y + a4, y' = a1 x + a3 y + a5
}

func newPage(height float64) *page {
	return &page{height: height, now: pen{paint: color.Black, width: 1, a: [6]float64{1, 0, 0, 1, 0, 0}}}
}

// The methods of vg.Canvas.

func (p *page) SetLineWidth(w vg.Length)               { p.now.width = w }
func (p *page) SetLineDash(d []vg.Length, _ vg.Length) { p.now.dashes = d }
func (p *page) SetColor(c color.Color)                 { p.now.paint = c }
func (p *page) Push()                                  { p.kept = append(p.kept, p.now) }
func (p *page) Pop()                                   { p.now, p.kept = p.kept[len(p.kept)-1], p.kept[:len(p.kept)-1] }

func (p *page) Rotate(r float64) {
	s, c := math.Sincos(r)
	p.then([6]float64{c, s, -s, c, 0, 0})
}
func (p *page) Translate(t vg.Point) { p.then([6]float64{1, 0, 0, 1, float64(t.X), float64(t.Y)}) }
func (p *page) Scale(x, y float64)   { p.then([6]float64{x, 0, 0, y, 0, 0}) }

// then puts a transform before those there are.
func (p *page) then(b [6]float64) {
	a := p.now.a
	p.now.a = [6]float64{
		a[0]*b[0] + a[2]*b[1], a[1]*b[0] + a[3]*b[1],
		a[0]*b[2] + a[2]*b[3], a[1]*b[2] + a[3]*b[3],
		a[0]*b[4] + a[2]*b[5] + a[4], a[1]*b[4] + a[3]*b[5] + a[5],
	}
}

// at gives where a point is on the page, in tenths of a pixel from its top left.
func (p *page) at(v vg.Point) (x, y int) {
	a := p.now.a
	fx := a[0]*float64(v.X) + a[2]*float64(v.Y) + a[4]
	fy := p.height - (a[1]*float64(v.X) + a[3]*float64(v.Y) + a[5])
	return tenths(fx), tenths(fy)
}

func tenths(v float64) int { return int(math.Round(min(max(v, -1e5), 1e5) * 10)) }

func (p *page) Stroke(path vg.Path) {
	if p.now.width <= 0 || len(path) == 0 {
		return
	}
	p.out.WriteString(`<path fill="none"`)
	p.colour("stroke")
	if p.now.width != 1 {
		fmt.Fprintf(&p.out, ` stroke-width="%s"`, short10(tenths(float64(p.now.width))))
	}
	if len(p.now.dashes) > 0 {
		p.out.WriteString(` stroke-dasharray="`)
		for i, d := range p.now.dashes {
			if i > 0 {
				p.out.WriteByte(' ')
			}
			p.out.WriteString(short10(tenths(float64(d))))
		}
		p.out.WriteByte('"')
	}
	p.path(path)
}

func (p *page) Fill(path vg.Path) {
	if len(path) == 0 {
		return
	}
	p.out.WriteString("<path")
	p.colour("fill")
	p.path(path)
}

// Open and Close put what is drawn between them into a group that has the number of
// a series, so that a reader can hide it.
func (p *page) Open(series int) { fmt.Fprintf(&p.out, "<g data-series=\"%d\">\n", series) }
func (p *page) Close()          { p.out.WriteString("</g>\n") }

// Dots fills discs of one size.
func (p *page) Dots(points []vg.Point, radius vg.Length) {
	if len(points) == 0 {
		return
	}
	p.out.WriteString(`<path fill="none" stroke-linecap="round"`)
	p.colour("stroke")
	fmt.Fprintf(&p.out, ` stroke-width="%s" d="`, short10(tenths(2*float64(radius))))
	w := walk{out: &p.out}
	for _, v := range points {
		w.move(p.at(v))
		p.out.WriteString("h0")
	}
	p.out.WriteString("\"/>\n")
}

// Cells fills rectangles of one height.
func (p *page) Cells(cells []vg.Rectangle) {
	if len(cells) == 0 {
		return
	}
	p.out.WriteString(`<path fill="none" shape-rendering="crispEdges"`)
	p.colour("stroke")
	fmt.Fprintf(&p.out, ` stroke-width="%s" d="`, strconv.FormatFloat(math.Round(100*float64(cells[0].Max.Y-cells[0].Min.Y))/100, 'f', -1, 64))
	w := walk{out: &p.out}
	for _, c := range cells {
		middle := (c.Min.Y + c.Max.Y) / 2
		w.move(p.at(vg.Point{X: c.Min.X, Y: middle}))
		w.line(p.at(vg.Point{X: c.Max.X, Y: middle}))
	}
	p.out.WriteString("\"/>\n")
}

func (p *page) colour(what string) {
	switch c := p.now.paint.(type) {
	case paint:
		fmt.Fprintf(&p.out, ` %s="var(--f-%s)"`, what, c.name)
		if c.alpha != 0xFF {
			fmt.Fprintf(&p.out, ` %s-opacity="%s"`, what, strconv.FormatFloat(math.Round(float64(c.alpha)/2.55)/100, 'f', -1, 64))
		}
	default:
		fmt.Fprintf(&p.out, ` %s="currentColor"`, what)
	}
}

func (p *page) path(path vg.Path) {
	p.out.WriteString(` d="`)
	w := walk{out: &p.out}
	for _, c := range path {
		switch c.Type {
		case vg.MoveComp:
			w.move(p.at(c.Pos))
		case vg.LineComp:
			w.line(p.at(c.Pos))
		case vg.ArcComp: // whole circles, begun at the right
			r := short10(tenths(float64(c.Radius)))
			d := tenths(2 * float64(c.Radius))
			fmt.Fprintf(&p.out, "a%s %s 0 1 0 %s 0a%s %s 0 1 0 %s 0", r, r, short10(-d), r, r, short10(d))
		case vg.CloseComp:
			p.out.WriteByte('z')
			w.x, w.y = w.sx, w.sy
		}
	}
	p.out.WriteString("\"/>\n")
}

// walk writes path data as steps from one point to the next, in tenths of a
// pixel; what was rounded is taken into account by the step that follows.
type walk struct {
	out          *bytes.Buffer
	x, y, sx, sy int
	begun        bool
}

func (w *walk) move(x, y int) {
	if !w.begun {
		w.out.WriteByte('M')
		w.pair(x, y)
	} else {
		w.out.WriteByte('m')
		w.pair(x-w.x, y-w.y)
	}
	w.begun, w.x, w.y, w.sx, w.sy = true, x, y, x, y
}

func (w *walk) line(x, y int) {
	switch {
	case y == w.y:
		w.out.WriteByte('h')
		w.out.WriteString(short10(x - w.x))
	case x == w.x:
		w.out.WriteByte('v')
		w.out.WriteString(short10(y - w.y))
	default:
		w.out.WriteByte('l')
		w.pair(x-w.x, y-w.y)
	}
	w.x, w.y = x, y
}

func (w *walk) pair(x, y int) {
	w.out.WriteString(short10(x))
	if y >= 0 {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(short10(y))
}

// short10 writes tenths: 31 is 3.1, 5 is .5.
func short10(v int) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	switch {
	case v%10 == 0:
		return sign + strconv.Itoa(v/10)
	case v < 10:
		return sign + "." + strconv.Itoa(v)
	}
	return sign + strconv.Itoa(v/10) + "." + strconv.Itoa(v%10)
}

// FillString writes text as text, which can be selected and searched for.
func (p *page) FillString(f font.Face, at vg.Point, text string) {
	if f.Font.Size == 0 || text == "" {
		return
	}
	x, y := p.at(at)
	fmt.Fprintf(&p.out, `<text x="%s" y="%s"`, short10(x), short10(y))
	if p.now.paint != paints[soft] {
		p.colour("fill")
	}
	if size := tenths(float64(f.Font.Size)); size != tenths(letters) {
		fmt.Fprintf(&p.out, ` font-size="%s"`, short10(size))
	}
	if turn := math.Atan2(p.now.a[1], p.now.a[0]); math.Abs(turn) > 1e-6 {
		fmt.Fprintf(&p.out, ` transform="rotate(%.0f %s %s)"`, -turn*180/math.Pi, short10(x), short10(y))
	}
	p.out.WriteByte('>')
	p.out.WriteString(html.EscapeString(text))
	p.out.WriteString("</text>\n")
}

// DrawImage is not needed: no mark is a bitmap.
func (p *page) DrawImage(vg.Rectangle, image.Image) {}

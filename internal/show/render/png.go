package render

import (
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"labbook/internal/base/notebook"
)

// PNG draws a figure for slides and papers: white, two pixels to each of CSS,
// with its words around it, and a mark in the file that Marked reads.
func PNG(f *notebook.Figure, mark string) ([]byte, error) {
	if err := checked(f.Chart); err != nil {
		return nil, err
	}
	const margin = 20
	c := layOut(f.Chart, widthOf(f.Chart))
	type line struct {
		text string
		size float64
		bold bool
	}
	var above, below []line
	width := vg.Length(max(c.width, 320))
	for _, s := range wrap(label(f.Chart.Title, 300), faces().bold(15, paints[ink]), width, 3) {
		above = append(above, line{s, 15, true})
	}
	for _, s := range wrap(label(f.Chart.Subtitle, 400), faces().style(12, paints[soft]), width, 4) {
		above = append(above, line{s, 12, false})
	}
	for _, s := range wrap(label(f.Caption, 600), faces().style(12, paints[soft]), width, 6) {
		below = append(below, line{s, 12, false})
	}
	lead := func(l line) vg.Length { return vg.Length(1.4 * l.size) }
	height := vg.Length(c.height) + 2*margin
	for _, l := range append(above, below...) {
		height += lead(l)
	}
	if len(above) > 0 {
		height += 8
	}
	if len(below) > 0 {
		height += 10
	}
	// A length of ours is a point to the canvas: 144 dots an inch are two pixels.
	img := vgimg.NewWith(vgimg.UseWH(width+2*margin, height), vgimg.UseDPI(144), vgimg.UseBackgroundColor(color.White))
	all := draw.NewCanvas(img, width+2*margin, height)
	top := height - margin
	write := func(lines []line) {
		for _, l := range lines {
			style := faces().style(l.size, paints[soft])
			if l.bold {
				style = faces().bold(l.size, paints[ink])
			}
			all.FillText(style, vg.Point{X: margin, Y: top}, l.text)
			top -= lead(l)
		}
	}
	write(above)
	if len(above) > 0 {
		top -= 8
	}
	all.Push()
	all.Translate(vg.Point{X: margin, Y: top - vg.Length(c.height)})
	c.draw(draw.NewCanvas(img, vg.Length(c.width), vg.Length(c.height)), vg.Length(c.height))
	all.Pop()
	top -= vg.Length(c.height) + 10
	write(below)

	return encode(img.Image().(*image.RGBA), mark), nil
}

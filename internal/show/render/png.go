package render

import (
	"image"
	"math"
	"sync"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/draw"
	"gonum.org/v1/plot/vg"
	plotdraw "gonum.org/v1/plot/vg/draw"
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
	sheet := sheetOf(int(2*(width+2*margin)+0.5), int(2*height+0.5))
	defer sheets.Put(sheet)
	context := gg.NewContextForRGBA(sheet)
	context.SetLineCapButt()
	context.InvertY()
	context.SetInterpolator(draw.ApproxBiLinear) // which copies what stands on whole pixels
	// A length of ours is a point to the canvas: 144 dots an inch are two pixels.
	img := vgimg.NewWith(vgimg.UseImageWithContext(sheet, context), vgimg.UseDPI(dots)) // which makes it white
	all := plotdraw.NewCanvas(img, width+2*margin, height)
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
	all.Translate(vg.Point{X: onPixel(margin), Y: onPixel(top - vg.Length(c.height))})
	c.draw(plotdraw.NewCanvas(img, vg.Length(c.width), vg.Length(c.height)), vg.Length(c.height))
	all.Pop()
	top -= vg.Length(c.height) + 10
	write(below)

	return encode(sheet, mark), nil
}

const dots = 144 // an inch

// onPixel gives the nearest length that is a whole number of pixels to the canvas, to the
// last digit: letters that stand between pixels are blurred, which takes long besides.
func onPixel(v vg.Length) vg.Length {
	pixels := math.Round(v.Dots(dots))
	at := float64(pixels) / dots * float64(vg.Inch)
	for _, try := range []float64{at, math.Nextafter(at, math.Inf(1)), math.Nextafter(at, math.Inf(-1))} {
		if vg.Length(try).Dots(dots) == pixels {
			return vg.Length(try)
		}
	}
	return vg.Length(at)
}

// sheets are what was drawn on, to be drawn on again: a picture takes some megabytes.
var sheets sync.Pool

// sheetOf gives a sheet of so many pixels, with anything on it.
func sheetOf(width, height int) *image.RGBA {
	bounds := image.Rect(0, 0, width, height)
	if old, ok := sheets.Get().(*image.RGBA); ok && cap(old.Pix) >= 4*width*height {
		return &image.RGBA{Pix: old.Pix[:4*width*height], Stride: 4 * width, Rect: bounds}
	}
	return image.NewRGBA(bounds)
}

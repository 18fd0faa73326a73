package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/human"
	"labbook/internal/show/status"
)

// graph is the pipeline's DAG as the template draws it. Lengths are CSS pixels,
// already text, so that the template only places them.
type graph struct {
	// Class says when it is shown, "always" or on "wide" or "narrow" pages, and that it
	// "shrinks" to the width of a desktop page.
	Class         string
	Width, Height string
	Edges         []graphEdge
	Nodes         []graphNode
}

type graphEdge struct {
	Path string
	Soft bool // only an order, no data
}

type graphNode struct {
	X, Y, Width, Height string
	Anchor              string
	Name, Detail        string // what is drawn, cut to fit
	Label               string // what is read out, whole
	Status              string
	NameX, NameY        string
	DetailY             string
	DotX, DotY          string
}

// The sizes of a drawing.
const (
	nodeWidth, nodeHeight = 146.0, 44.0
	alongWide, acrossWide = 162.0, 58.0 // from layer to layer, from place to place
	alongTall, acrossTall = 76.0, 158.0
	graphMargin           = 3.0

	// fitWidth is how wide a drawing may be to be shown on a desktop page rather than one
	// that goes down. Down to leastWidth it is shrunk, where its letters are still large
	// enough; others scroll.
	fitWidth, leastWidth = 1200.0, 736.0
)

// drawGraphs gives the DAG twice: in layers from left to right for a wide page,
// from top to bottom for a narrow one.
func drawGraphs(stages []Stage) []graph {
	number := map[string]int{}
	for i, s := range stages {
		number[s.Name] = i
	}
	var edges [][2]int
	var soft []bool
	for i, s := range stages {
		for _, names := range [][]string{s.From, s.After} {
			for _, from := range names {
				if j, ok := number[from]; ok && j < i {
					edges = append(edges, [2]int{j, i})
					soft = append(soft, !slices.Contains(s.From, from))
				}
			}
		}
	}
	d := layered(len(stages), edges)
	graphs := []graph{d.wide(stages, soft), d.tall(stages, soft)}
	wide, tall := &graphs[0], &graphs[1]
	wideWidth, tallWidth := d.lengths()
	switch {
	case wideWidth <= fitWidth:
		wide.Class, tall.Class = "wide", "narrow"
		if wideWidth > leastWidth {
			wide.Class = "wide shrinks"
		}
		return graphs
	case tallWidth <= fitWidth:
		tall.Class = "always"
		return graphs[1:]
	}
	wide.Class = "always"
	return graphs[:1]
}

// lengths gives the widths of the wide and of the tall drawing.
func (d *drawing) lengths() (wide, tall float64) {
	return 2*graphMargin + float64(len(d.layers)-1)*alongWide + nodeWidth,
		2*graphMargin + (d.width-1)*acrossTall + nodeWidth
}

func (d *drawing) wide(stages []Stage, soft []bool) graph {
	at := func(p int) (x, y float64) {
		return graphMargin + float64(d.points[p].layer)*alongWide, graphMargin + d.points[p].place*acrossWide
	}
	width, _ := d.lengths()
	g := graph{
		Width:  px(width),
		Height: px(2*graphMargin + (d.width-1)*acrossWide + nodeHeight),
		Nodes:  d.nodes(stages, at),
	}
	for i, route := range d.routes {
		var path strings.Builder
		for j := 1; j < len(route); j++ {
			x0, y0 := at(route[j-1])
			x1, y1 := at(route[j])
			y0, y1 = y0+nodeHeight/2, y1+nodeHeight/2
			if j == 1 {
				fmt.Fprintf(&path, "M%s %s", px(x0+nodeWidth), px(y0))
			} else {
				fmt.Fprintf(&path, "H%s", px(x0+nodeWidth))
			}
			bend := (alongWide - nodeWidth) / 2
			fmt.Fprintf(&path, "C%s %s %s %s %s %s", px(x0+nodeWidth+bend), px(y0), px(x1-bend), px(y1), px(x1), px(y1))
		}
		g.Edges = append(g.Edges, graphEdge{path.String(), soft[i]})
	}
	return g
}

func (d *drawing) tall(stages []Stage, soft []bool) graph {
	at := func(p int) (x, y float64) {
		return graphMargin + d.points[p].place*acrossTall, graphMargin + float64(d.points[p].layer)*alongTall
	}
	_, width := d.lengths()
	g := graph{
		Width:  px(width),
		Height: px(2*graphMargin + float64(len(d.layers)-1)*alongTall + nodeHeight),
		Nodes:  d.nodes(stages, at),
	}
	for i, route := range d.routes {
		var path strings.Builder
		for j := 1; j < len(route); j++ {
			x0, y0 := at(route[j-1])
			x1, y1 := at(route[j])
			x0, x1 = x0+nodeWidth/2, x1+nodeWidth/2
			if j == 1 {
				fmt.Fprintf(&path, "M%s %s", px(x0), px(y0+nodeHeight))
			} else {
				fmt.Fprintf(&path, "V%s", px(y0+nodeHeight))
			}
			bend := (alongTall - nodeHeight) / 2
			fmt.Fprintf(&path, "C%s %s %s %s %s %s", px(x0), px(y0+nodeHeight+bend), px(x1), px(y1-bend), px(x1), px(y1))
		}
		g.Edges = append(g.Edges, graphEdge{path.String(), soft[i]})
	}
	return g
}

func (d *drawing) nodes(stages []Stage, at func(int) (x, y float64)) []graphNode {
	nodes := make([]graphNode, len(stages))
	for i, s := range stages {
		x, y := at(i)
		stands := status.OfStage(s.Status)
		detail := stands.Word
		if s.Took > 0 && s.Status != "cached" {
			detail += " · " + human.Duration(s.Took)
		}
		nodes[i] = graphNode{
			X: px(x), Y: px(y), Width: px(nodeWidth), Height: px(nodeHeight),
			Anchor: Anchor(s.Name), Status: stands.Class,
			Name: fitting(s.Name), Detail: detail,
			Label: s.Name + " " + detail, // what is seen: who speaks to the page says that
			NameX: px(x + 23), NameY: px(y + 19), DetailY: px(y + 34),
			DotX: px(x + 12), DotY: px(y + 14.5),
		}
	}
	return nodes
}

// fitting gives a name that fits into a node: where the whole does not, that of
// the variant, which says more than the group's.
func fitting(name string) string {
	const room = 16 // runes
	if utf8.RuneCountInString(name) > room {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return cut(name, room)
}

// px writes a length with at most one decimal.
func px(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

// cut shortens text to n runes.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

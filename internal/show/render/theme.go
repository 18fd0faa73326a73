package render

import (
	"fmt"
	"image/color"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// paint is a colour by its name. The page's style sheet says what it is in the
// light and in the dark; a PNG is always light.
type paint struct {
	name        string
	light, dark uint32
	alpha       uint8
}

// RGBA is the method of color.Color.
func (p paint) RGBA() (r, g, b, a uint32) {
	return color.NRGBA{uint8(p.light >> 16), uint8(p.light >> 8), uint8(p.light), p.alpha}.RGBA()
}

// thin gives the paint with less opacity.
func (p paint) thin(alpha uint8) paint { p.alpha = alpha; return p }

// The paints, by index. Series take those from first on in turn; cold and warm
// begin ramps of steps paints each, from what is next to nothing to all.
const (
	ink    = iota // titles, and text on pale ground
	slate         // names of rows
	soft          // everything else that is read
	rule          // the grid
	firm          // axes and references
	ground        // the card, and text on deep ground
	sunk          // cells without anything
	first         // of the series
	series = 9
	cold   = first + series
	steps  = 8
	warm   = cold + steps
)

// Blue to mark what counts, and orange for what sums it up.
const (
	blue  = first
	amber = first + 1
)

var paints = []paint{
	{"ink", 0x111827, 0xF1F3F5, 0xFF},
	{"slate", 0x374151, 0xCDD3DA, 0xFF},
	{"soft", 0x59616B, 0xA0A9B4, 0xFF},
	{"rule", 0xE5E7EB, 0x2B313A, 0xFF},
	{"firm", 0x8B929C, 0x7A838F, 0xFF},
	{"ground", 0xFFFFFF, 0x171B21, 0xFF},
	{"sunk", 0xF5F6F7, 0x1D2229, 0xFF},

	{"1", 0x2563EB, 0x6EA1FF, 0xFF}, // blue
	{"2", 0xD97706, 0xF5A742, 0xFF}, // amber
	{"3", 0x0D9488, 0x3ECFC0, 0xFF}, // teal
	{"4", 0xDC2626, 0xFF8A80, 0xFF}, // red
	{"5", 0x7C3AED, 0xB99AFF, 0xFF}, // violet
	{"6", 0x92400E, 0xD9A27A, 0xFF}, // brown
	{"7", 0xDB2777, 0xFF8AC2, 0xFF}, // pink
	{"8", 0x4D7C0F, 0xA3D65C, 0xFF}, // green
	{"9", 0x475569, 0xA9B4C2, 0xFF}, // slate

	{"c0", 0xEAF1FE, 0x16233D, 0xFF}, {"c1", 0xCFE0FD, 0x1B3058, 0xFF}, {"c2", 0xA9C8FB, 0x213F78, 0xFF}, {"c3", 0x7FAAF5, 0x274D97, 0xFF},
	{"c4", 0x3B70DE, 0x6C9CF5, 0xFF}, {"c5", 0x2459C9, 0x8BB1F8, 0xFF}, {"c6", 0x1A43A5, 0xA6C5FB, 0xFF}, {"c7", 0x142F78, 0xCFE0FD, 0xFF},
	{"w0", 0xFDF0E1, 0x33200F, 0xFF}, {"w1", 0xFBDCBB, 0x4A2B10, 0xFF}, {"w2", 0xF7BF8A, 0x643710, 0xFF}, {"w3", 0xF29F58, 0x7D4310, 0xFF},
	{"w4", 0xBF510B, 0xE58A3C, 0xFF}, {"w5", 0xA5420B, 0xF0A463, 0xFF}, {"w6", 0x84340C, 0xF6BF8D, 0xFF}, {"w7", 0x63270B, 0xFBDCBB, 0xFF},
}

// CSS gives the paints their colours, and figures their place on a page.
var CSS = sync.OnceValue(func() string {
	var light, dark strings.Builder
	for _, p := range paints {
		fmt.Fprintf(&light, "--f-%s:#%06x;", p.name, p.light)
		fmt.Fprintf(&dark, "--f-%s:#%06x;", p.name, p.dark)
	}
	return ":root{" + light.String() + "}\n@media (prefers-color-scheme:dark){:root{" + dark.String() + "}}\n@media print{:root{" + light.String() + "}}\n" + sheet
})

// ramp gives the step of a ramp for 0 to 1, and the text that can be read on it.
func ramp(from int, t float64) (fill, text paint) {
	step := min(max(int(t*steps), 0), steps-1)
	if step < steps/2 {
		return paints[from+step], paints[ink]
	}
	return paints[from+step], paints[ground]
}

// Series are told apart by dashes and by the form of their marks too.
var dashing = [][]vg.Length{nil, {7, 3}, {2, 2.5}, {9, 3, 2, 3}, {4, 2}, {12, 4}, {2, 5}, {6, 2, 2, 2, 2, 2}, {1, 2}}

func toneOf(i int) paint         { return paints[first+i%series] }
func dashesOf(i int) []vg.Length { return dashing[i%len(dashing)] }

// letters is the size of what is read, in CSS pixels. A drawing shrinks on the
// page to 85 % at most, so that it stays at 11.
const letters = 13

// typeface gives text styles in our own font, apart from gonum's global cache.
type typeface struct{ handler text.Plain }

var faces = sync.OnceValue(func() typeface {
	load := func(ttf []byte, weight xfont.Weight) font.Face {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("render: the embedded font is damaged: " + err.Error())
		}
		return font.Face{Font: font.Font{Typeface: family, Weight: weight}, Face: f}
	}
	return typeface{text.Plain{Fonts: font.NewCache(font.Collection{
		load(liberationsansregular.TTF, xfont.WeightNormal),
		load(liberationsansbold.TTF, xfont.WeightBold),
	})}}
})

const family = "Liberation Sans"

func (t typeface) style(size float64, c color.Color) text.Style {
	return text.Style{
		Color: c, Font: font.Font{Typeface: family, Size: vg.Length(size)}, Handler: t.handler,
		XAlign: draw.XLeft, YAlign: draw.YTop,
	}
}

func (t typeface) bold(size float64, c color.Color) text.Style {
	s := t.style(size, c)
	s.Font.Weight = xfont.WeightBold
	return s
}

// reading is the style of most texts.
func reading(p int) text.Style { return faces().style(letters, paints[p]) }

// centred and rightOf set where a text hangs: digits and capitals have their
// middle at the point, for little of a text reaches below its line.
func centred(s text.Style) text.Style { s.XAlign, s.YAlign = draw.XCenter, middle; return s }
func rightOf(s text.Style) text.Style { s.XAlign, s.YAlign = draw.XLeft, middle; return s }

const middle = -0.37

// label makes a text from data fit to be drawn: one line, no control
// characters, no more than limit runes.
func label(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0xFFFE || r == 0xFFFF:
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if runes := []rune(s); len(runes) > limit {
		s = strings.TrimRight(string(runes[:limit-1]), " ") + "…"
	}
	return s
}

// fit cuts a text until it is no wider than width.
func fit(s string, style text.Style, width vg.Length) string {
	if style.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimRight(string(runes[:n]), " ") + "…"; style.Width(cut) <= width {
			return cut
		}
	}
	return "…"
}

// shorten takes the middle out of a name until it is no wider than width: names often
// differ in how they end.
func shorten(s string, style text.Style, width vg.Length) string {
	if style.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		head, tail := string(runes[:(n+1)/2]), string(runes[len(runes)-n/2:])
		if cut := strings.TrimRight(head, " ") + "…" + strings.TrimLeft(tail, " "); style.Width(cut) <= width {
			return cut
		}
	}
	return "…"
}

// halves breaks a name that is wider than width where its two lines are the least wide;
// ok says that it is and that they fit.
func halves(s string, style text.Style, width vg.Length) (first, second string, ok bool) {
	if style.Width(s) <= width {
		return "", "", false
	}
	for i, r := range s {
		if !strings.ContainsRune(" _-/", r) {
			continue
		}
		a, b := strings.TrimRight(s[:i+1], " "), strings.TrimLeft(s[i+1:], " ")
		if w := max(style.Width(a), style.Width(b)); w <= width && a != "" && b != "" {
			first, second, width, ok = a, b, w, true
		}
	}
	return first, second, ok
}

// wrap breaks a text into lines no wider than width, at most of them.
func wrap(s string, style text.Style, width vg.Length, most int) []string {
	var lines []string
	line := ""
	words := strings.Fields(s)
	for i, w := range words {
		longer := strings.TrimSpace(line + " " + w)
		if line == "" || style.Width(longer) <= width {
			line = longer
			continue
		}
		if len(lines) == most-1 {
			line = strings.Join(append([]string{line}, words[i:]...), " ")
			break
		}
		lines, line = append(lines, fit(line, style, width)), w
	}
	if line != "" {
		lines = append(lines, fit(line, style, width))
	}
	return lines
}

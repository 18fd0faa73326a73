package plots

import (
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

// The colours. Series take palette's in turn.
var (
	ink     = rgb(0x111827) // titles
	slate   = rgb(0x374151) // labels of rows
	grey    = rgb(0x6B7280) // everything else that is read
	rule    = rgb(0xE5E7EB) // the grid
	white   = rgb(0xFFFFFF)
	blue    = rgb(0x2563EB)
	amber   = rgb(0xF59E0B)
	teal    = rgb(0x0D9488)
	red     = rgb(0xDC2626)
	violet  = rgb(0x7C3AED)
	palette = []color.NRGBA{blue, amber, teal, red, violet, rgb(0x0891B2), rgb(0x65A30D), rgb(0xDB2777), rgb(0x92400E), grey}
)

// fillAlpha is the opacity of areas that lie under an outline of full colour.
const fillAlpha = 0x55

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

func alpha(c color.NRGBA, a uint8) color.NRGBA {
	c.A = a
	return c
}

// mix goes from a (t = 0) to b (t = 1).
func mix(a, b color.NRGBA, t float64) color.NRGBA {
	t = min(max(t, 0), 1)
	at := func(x, y uint8) uint8 { return uint8(float64(x) + t*(float64(y)-float64(x)) + 0.5) }
	return color.NRGBA{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), at(a.A, b.A)}
}

// on gives the colour of text that can be read on a background.
func on(background color.NRGBA) color.NRGBA {
	luminance := 0.299*float64(background.R) + 0.587*float64(background.G) + 0.114*float64(background.B)
	if luminance < 150 {
		return white
	}
	return ink
}

// ramp is the sequential palette of counts: pale to deep blue.
func ramp(t float64) color.NRGBA {
	stops := []color.NRGBA{rgb(0xDBEAFE), rgb(0x93C5FD), rgb(0x3B82F6), rgb(0x1D4ED8), rgb(0x172554)}
	at := min(max(t, 0), 1) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	return mix(stops[i], stops[i+1], at-float64(i))
}

// diverging is the palette of signed numbers from -1 (red) over 0 (white) to 1.
func diverging(t float64) color.NRGBA {
	if t < 0 {
		return mix(rgb(0xF9FAFB), rgb(0xC2410C), -t)
	}
	return mix(rgb(0xF9FAFB), rgb(0x1D4ED8), t)
}

// typeface gives text styles in our own font, apart from gonum's global cache.
type typeface struct{ handler text.Plain }

var faces = sync.OnceValue(func() typeface {
	load := func(ttf []byte, weight xfont.Weight) font.Face {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("plots: the embedded font is damaged: " + err.Error())
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

// centred and rightOf set where a text hangs.
func centred(s text.Style) text.Style { s.XAlign, s.YAlign = draw.XCenter, draw.YCenter; return s }
func rightOf(s text.Style) text.Style { s.XAlign, s.YAlign = draw.XLeft, draw.YCenter; return s }

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

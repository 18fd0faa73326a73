package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/figure"
	"labbook/internal/base/notebook"
	"labbook/internal/show/plots"
	"labbook/internal/show/render"
	"labbook/internal/testdata"
)

func draw(t testing.TB, f *notebook.Figure) string {
	t.Helper()
	out, err := render.HTML(f)
	require.NoError(t, err, f.Alt)
	return out
}

// The same figure gives the same bytes, also when several goroutines draw.
func TestSameBytes(t *testing.T) {
	all := gallery()
	want := make([]string, len(all))
	for i, f := range all {
		want[i] = draw(t, f)
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for i, f := range all {
				if got, err := render.HTML(f); assert.NoError(t, err) {
					assert.Equal(t, want[i], got, f.Alt)
				}
			}
		})
	}
	group.Wait()
}

// A figure that was kept and read again is drawn as before.
func TestKeptFiguresAreTheSame(t *testing.T) {
	for _, f := range gallery() {
		cell := &notebook.Cell{}
		cell.Figure(f)
		kept, err := cell.Encode()
		require.NoError(t, err)
		read, err := notebook.Decode(kept)
		require.NoError(t, err)
		assert.Equal(t, draw(t, f), draw(t, read.Figures()[0]), f.Alt)
		again, err := read.Encode()
		require.NoError(t, err)
		assert.Equal(t, string(kept), string(again))
	}
}

var (
	hexColour = regexp.MustCompile(`#[0-9a-fA-F]{3,6}|rgba?\(`)
	sizes     = regexp.MustCompile(`font-size="([\d.]+)"`)
)

// Every figure is well-formed, small, named, has its exact values beside it, no
// colour of its own and no small print.
func TestFiguresOfAPage(t *testing.T) {
	for _, f := range gallery() {
		out := draw(t, f)
		wellFormed(t, out)
		assert.Less(t, len(out), 60_000, f.Alt)
		assert.Greater(t, len(f.Alt), 30, f.Alt)
		assert.Equal(t, 1, strings.Count(out, "tabindex"), "one tab stop a figure")
		assert.Contains(t, out, `<script type="application/json">`, f.Alt)
		for _, svg := range svgs.FindAllString(out, -1) {
			assert.NotRegexp(t, hexColour, svg, f.Alt)
			assert.NotContains(t, svg, "<image")
			for _, m := range sizes.FindAllStringSubmatch(svg, -1) {
				assert.Equal(t, "13", m[1], "read at 11 pixels where it is shown at 85 %%")
			}
		}
	}
}

var svgs = regexp.MustCompile(`(?s)<svg .*?</svg>`)

func wellFormed(t *testing.T, out string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<figure>" + out + "</figure>"))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else {
			require.NoError(t, err, out)
		}
	}
	assert.NotRegexp(t, `NaN|\bInf\b`, out)
	assert.NotContains(t, out, "%!")
}

// Of many points too the day is told that it was, which five digits would miss.
func TestDatesOfManyPoints(t *testing.T) {
	var days, values []float64
	for i := range 150 {
		days, values = append(days, 1325462399+86400*float64(i)), append(values, float64(i%7)) // from 2012-01-01, 23:59:59
	}
	out := draw(t, plots.Scatter(plots.Frame{X: "day", Y: "value", DateX: true}.Small(), days, values, plots.Cloud{}))
	assert.Contains(t, out, "1325462399,0,1325548799,1,")
}

// Values of a figure tell the time of day where its axis is short, and of days only
// the day.
func TestExactMoments(t *testing.T) {
	const day = 86400.0
	for _, c := range []struct {
		last float64 // after 2012-01-01
		want string
	}{
		{day, "2012-01-02 00:00:00 → 5"},
		{30 * day, "2012-01-31 → 5"},
		{30*day + 3600, "2012-01-31 01:00:00 → 5"},
		{365*day + 3600, "2012-12-31 → 5"},
	} {
		line := plots.Line{X: []float64{1325376000, 1325376000 + c.last}, Y: []float64{1, 5}, Dots: true}
		assert.Contains(t, draw(t, plots.Lines(plots.Frame{X: "time", Y: "value", DateX: true}, []plots.Line{line}, plots.Free, false)), `"`+c.want+`"`)
	}
}

// The labels of a confusion matrix are whole.
func TestMatrixLabelsAreWhole(t *testing.T) {
	for _, f := range gallery() {
		if f.Chart.Matrix == nil || f.Chart.Matrix.Form != figure.Confusion {
			continue
		}
		out := draw(t, f)
		for _, name := range f.Chart.Matrix.Rows {
			assert.Equal(t, 2, strings.Count(out, ">"+name+" <")+strings.Count(out, ">"+name+"<"), name)
		}
	}
}

// Series are told apart by more than their colours.
func TestSeriesWithoutColour(t *testing.T) {
	var series []plots.Line
	for i := range 8 {
		series = append(series, plots.Line{Name: fmt.Sprint("class ", i), X: []float64{0, 1}, Y: []float64{0, float64(i)}})
	}
	out := draw(t, plots.Lines(plots.Frame{X: "x", Y: "y"}.Half(), series, plots.Free, false))
	dashes := map[string]bool{}
	for _, m := range regexp.MustCompile(`stroke="var\(--f-\d\)"[^>]*?stroke-width="2"([^>]*?) d=`).FindAllStringSubmatch(out, -1) {
		dashes[m[1]] = true
	}
	assert.Len(t, dashes, 8)
}

// Texts from data cannot leave their text.
func TestHostileTexts(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, evil := range []string{`</text><script>alert(1)</script>`, "a\x00b\x1fc", "\xff\xfe", "x\u202ey", `"><image xlink:href="data:image/jpg;`,
		strings.Repeat("long ", 500), "]]>", "&amp;", "日本語 🙂", "</script><b>"} {
		for _, f := range []*notebook.Figure{
			plots.Bars(plots.Frame{Title: evil, Subtitle: evil, X: evil}, []plots.Bar{{Name: evil, Value: 1}}),
			plots.Groups(plots.Frame{Title: evil}, []plots.Group{{Name: evil, Values: []float64{1, 2}}}),
			plots.Lines(plots.Frame{X: evil, Y: evil}, []plots.Line{{Name: evil, X: []float64{1, 2}, Y: []float64{1, 2}}, {Name: evil}}, plots.Free, false),
			plots.Correlations(plots.Frame{Title: evil}, []string{evil, evil}, [][]float64{{1, 0}, {0, 1}}),
		} {
			f.Alt = evil
			out := draw(t, f)
			assert.Equal(t, 1, strings.Count(out, "<script"))
			assert.Equal(t, 1, strings.Count(out, "</script"))
			assert.NotContains(t, out, "<image")
			assert.NotContains(t, out, "<b>")
			wellFormed(t, out)
			assert.Less(t, len(out), 30_000)
			_, err := render.PNG(f, "mark")
			assert.NoError(t, err)
		}
	}
}

// A PNG is white, twice as large as on the page, and says what it was drawn
// from.
func TestPNG(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, f := range gallery() {
		f.Caption = "A caption that is rather long: " + strings.Repeat("it says more and more ", 20)
		drawn, err := render.PNG(f, "look 1 figure abc")
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(drawn))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, img.Bounds().Dx(), 720)
		r, g, b, a := img.At(0, 0).RGBA()
		assert.Equal(t, [4]uint32{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}, [4]uint32{r, g, b, a})
		assert.True(t, inked(img, image.Rect(40, 40, 400, 70)) || f.Chart.Title == "", "%s: the title", f.Alt)
		assert.True(t, inked(img, image.Rect(40, img.Bounds().Dy()-75, 400, img.Bounds().Dy()-40)), "%s: the caption", f.Alt)
		mark, ok := render.Marked(bytes.NewReader(drawn))
		assert.True(t, ok)
		assert.Equal(t, "look 1 figure abc", mark)
		again, err := render.PNG(f, "look 1 figure abc")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(drawn, again))
	}
	_, ok := render.Marked(strings.NewReader("\x89PNG\r\n\x1a\n"))
	assert.False(t, ok)
}

// inked tells whether anything dark is in a part of a picture.
func inked(img image.Image, in image.Rectangle) bool {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if r, _, _, _ := img.At(x, y).RGBA(); r < 0x9000 {
				return true
			}
		}
	}
	return false
}

// Whatever a chart holds, it is drawn, or an error says why not.
func FuzzChart(f *testing.F) {
	for _, one := range gallery() {
		data, err := json.Marshal(one.Chart)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"x":{"scale":"log","ends":[-1,0]},"xy":{"series":[{"x":[0],"y":[null]}]}}`))
	f.Add([]byte(`{"groups":[{"name":"a","rows":1,"five":[1,1,1,1,1],"span":[1,1],"density":[0,0]}]}`))
	f.Add([]byte(`{"histogram":{"edges":[0,0],"counts":[1]}}`))
	f.Add([]byte(`{"parallel":{"dimensions":[{"name":"a","levels":["x"],"values":[7]}],"scores":[1]}}`))
	f.Add([]byte(`{"x":{"scale":"date","ends":[-1e149,1e149]},"y":{"ends":[5,5]},"xy":{"bins":{"columns":2,"rows":1,"runs":[[0,1,3]]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c figure.Chart
		if json.Unmarshal(data, &c) != nil {
			return
		}
		one := &notebook.Figure{Alt: "a", Chart: &c}
		out, err := render.HTML(one)
		if (err == nil) != (c.Check() == nil) {
			t.Fatal(err, c.Check())
		}
		if err == nil {
			wellFormed(t, out)
		}
	})
}

// TestLook leaves one of each figure to be looked at, as a page and as PNG.
func TestLook(t *testing.T) {
	dir := os.Getenv("LABBOOK_LOOK")
	if dir == "" {
		t.Skip("set LABBOOK_LOOK to a folder to look at one of each figure")
	}
	page := "<!doctype html><style>:root{color-scheme:light dark;--soft:gray;--line:gray}" + render.CSS() + "</style><body>"
	for i, f := range gallery() {
		out := draw(t, f)
		t.Logf("%2d %6d bytes %s", i, len(out), f.Alt)
		page += "<figure class=plot style='display:inline-block;margin:4px'>" + out + "</figure>"
		drawn, err := render.PNG(f, "")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.png", i)), drawn, 0o666))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "look.html"), []byte(page+"<script>"+render.Script+"</script>"), 0o666))
}

func BenchmarkPage(b *testing.B) {
	all := gallery()
	for b.Loop() {
		for _, f := range all {
			draw(b, f)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	all := gallery()
	for b.Loop() {
		for _, f := range all {
			if _, err := render.PNG(f, ""); err != nil {
				b.Fatal(err)
			}
		}
	}
}

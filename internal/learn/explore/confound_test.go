package explore_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/testdata"
)

// confounded gives what is found of a table, and in words.
func confounded(t testing.TB, tab *table.Table, target string) ([]explore.Confounding, string) {
	t.Helper()
	f, err := explore.Describe(context.Background(), tab, options(target), nil, 2)
	require.NoError(t, err)
	var told []string
	for _, f := range f.Findings() {
		if f.Code == "C038" {
			told = append(told, f.Text)
		}
	}
	return f.Confounded, strings.Join(told, "\n")
}

// Better stones cost less, for they are smaller: whether the order of the grades is
// declared or not.
func TestDiamondsAreConfounded(t *testing.T) {
	testdata.OnlyComputes(t)
	f, err := csvfile.Read(filepath.Join(testdata.Root(), "data/diamonds.csv"), csvfile.Options{Cores: 2})
	require.NoError(t, err)
	bare := func() map[string]bool {
		found, text := confounded(t, f.Table, "price")
		reversed := map[string]bool{}
		for _, c := range found {
			assert.Equal(t, "carat", c.Within)
			assert.LessOrEqual(t, c.Rows, 20_000)
			reversed[c.Column] = c.Reverses
		}
		t.Log(text)
		return reversed
	}
	want := map[string]bool{"cut": true, "color": true, "clarity": true, "table": true}
	assert.Equal(t, want, bare())
	for name, order := range map[string][]string{
		"cut": {"Fair", "Good", "Very Good", "Premium", "Ideal"}, "color": {"J", "I", "H", "G", "F", "E", "D"},
		"clarity": {"I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"},
	} {
		c, place := f.Table.Column(name), map[string]int32{}
		for i, l := range order {
			place[l] = int32(i)
		}
		for i, code := range c.Codes {
			c.Codes[i] = place[c.Levels[code]]
		}
		c.Levels, c.Ordered = order, true
	}
	assert.Equal(t, want, bare())
	_, text := confounded(t, f.Table, "price")
	assert.Regexp(t, `price falls with clarity \(−\d+ a level, from I1 to IF\), but among rows of about the same carat it rises \(\+\d+, \+\d+ to \+\d+\): higher clarity comes with less carat`, text)
	_, cell, _ := draw(t, f.Table, options("price"), 2)
	for _, f := range figures(cell) {
		if f.Chart.Title != "price along clarity, by carat" {
			continue
		}
		assert.Equal(t, "I1", f.Chart.X.Levels[0])
		for i, s := range f.Chart.XY.Series {
			last := len(s.Y) - 1
			if all := i == len(f.Chart.XY.Series)-1; all {
				assert.Less(t, s.Y[last], s.Y[0], s.Name)
			} else if !math.IsNaN(s.Y[0]) {
				assert.Greater(t, s.Y[last], s.Y[0], s.Name)
			}
		}
		return
	}
	t.Fatal("there is no figure of price along clarity")
}

// studied makes a table of a target, what drives it, and columns of all kinds that
// have to do with it as effect and tie say: an effect of their own, and how much what
// drives the target drives them too.
func studied(r *rand.Rand, n int, effect, tie float64, heavy bool) *table.Table {
	var y, z, number1 []float64
	graded := &table.Column{Field: table.Field{Name: "graded", Type: table.Category, Levels: []string{"a", "b", "c", "d", "e"}, Ordered: true}}
	named := &table.Column{Field: table.Field{Name: "named", Type: table.Category, Levels: []string{"p", "q", "r", "s", "t", "u"}}}
	two := &table.Column{Field: table.Field{Name: "two", Type: table.Category, Levels: []string{"no", "yes"}}}
	for range n {
		drive := r.NormFloat64()
		own := func() float64 { return tie*drive + math.Sqrt(1-tie*tie)*r.NormFloat64() }
		a, b, c, d := own(), own(), own(), own()
		v := 2*drive + effect*(a+b+c+d) + r.NormFloat64()
		if heavy {
			v = math.Exp(v / 2)
		}
		y, z, number1 = append(y, v), append(z, drive), append(number1, a)
		graded.Codes = append(graded.Codes, int32(max(0, min(4, math.Floor(b*1.3+2.5)))))
		named.Codes = append(named.Codes, []int32{3, 0, 5, 1, 4, 2}[int(max(0, min(5, math.Floor(c*1.5+3))))])
		two.Codes = append(two.Codes, int32(max(0, math.Copysign(1, d))))
	}
	return table.New(number("y", y...), number("z", z...), number("x", number1...), graded, named, two)
}

// Of a hundred tables without it at most one is said to be confounded; what is, is found.
func TestFalseAlarmsOfConfounding(t *testing.T) {
	testdata.OnlyComputes(t)
	studies := testdata.Studies(150)
	for _, study := range []struct {
		name        string
		effect, tie float64
		reversed    bool // only a reversal is an alarm
	}{
		{"nothing but noise", 0, 0, false},
		{"an effect beside the third column", .4, 0, false},
		{"with it", .4, .3, false},
		{"all is the third column's", 0, .5, true},
	} {
		for _, heavy := range []bool{false, true} {
			r := rand.New(rand.NewPCG(5, 6))
			alarms := 0
			for range studies {
				found, text := confounded(t, studied(r, 400, study.effect, study.tie, heavy), "y")
				for _, c := range found {
					if c.Reverses || !study.reversed {
						alarms++
						t.Log(text)
						break
					}
				}
			}
			assert.LessOrEqual(t, float64(alarms), .01*float64(studies)+3*math.Sqrt(.01*float64(studies)), "%s, heavy tails: %t", study.name, heavy)
		}
	}
	r := rand.New(rand.NewPCG(7, 8))
	reversed, vanished := map[string]int{}, map[string]int{}
	for range 40 {
		found, _ := confounded(t, studied(r, 4000, -.25, .6, true), "y")
		for _, c := range found {
			if c.Reverses {
				reversed[c.Column]++
			}
		}
		found, _ = confounded(t, studied(r, 4000, 0, .6, false), "y")
		for _, c := range found {
			if assert.False(t, c.Reverses) {
				vanished[c.Column]++
			}
		}
	}
	t.Log(reversed, vanished)
	for _, name := range []string{"x", "graded", "named", "two"} {
		assert.GreaterOrEqual(t, reversed[name], 38, "%s reverses", name)
		assert.GreaterOrEqual(t, vanished[name], 38, "%s vanishes", name)
	}
}

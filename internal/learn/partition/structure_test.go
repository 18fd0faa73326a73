package partition

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
)

const day = 24 * 60 * 60

// visits is a table of n visits, a day each, of patients who come up to a few
// times in a row; class is rare for one patient in five. Some visits have no
// date, and some no patient.
func visits(n int) *table.Table {
	rng := rand.New(rand.NewPCG(7, 7))
	patient := &table.Column{Field: table.Field{Name: "patient", Type: table.Text}}
	date := &table.Column{Field: table.Field{Name: "day", Type: table.Date}}
	class := &table.Column{Field: table.Field{Name: "class", Type: table.Category, Levels: []string{"no", "yes"}}}
	who, left := 0, 0
	for i := range n {
		if left == 0 {
			who, left = who+1, 1+rng.IntN(6)
		}
		left--
		name, at := fmt.Sprint("p", who), float64(i)*day
		if i%29 == 0 {
			name = ""
		}
		if i%31 == 0 {
			at = math.NaN()
		}
		patient.Texts, date.Num = append(patient.Texts, name), append(date.Num, at)
		class.Codes = append(class.Codes, map[bool]int32{true: 1}[who%5 == 0])
	}
	return table.New(patient, date, class)
}

// structures are those that split can declare.
var structures = map[string]Structure{
	"independent":     {},
	"strata":          {Strata: "class"},
	"groups":          {Groups: []string{"patient"}},
	"strata, groups":  {Strata: "class", Groups: []string{"patient"}},
	"near-duplicates": {Together: [][]int{{3, 200, 201}, {50, 120}}},
	"groups, near":    {Groups: []string{"patient"}, Together: [][]int{{3, 200}, {50, 120}}},
	"time":            {Time: "day"},
	"time, gap":       {Time: "day", Gap: 9 * day},
	"time, groups":    {Time: "day", Groups: []string{"patient"}},
	"all of it":       {Time: "day", Gap: 9 * day, Groups: []string{"patient"}},
}

// obeys holds a division to a structure of the rows of t: nothing on both sides,
// groups whole, what is held out strictly later by the gap.
func obeys(t *testing.T, s Structure, tab *table.Table, p *Parts) {
	t.Helper()
	require.NotEmpty(t, p.Train)
	require.NotEmpty(t, p.Test)
	assert.True(t, slices.IsSorted(p.Train) && slices.IsSorted(p.Test))
	side := map[int]bool{}
	for _, row := range p.Train {
		side[row] = true
	}
	first := s.first(tab)
	learned := map[int]bool{}
	latest := math.Inf(-1)
	for _, row := range p.Train {
		learned[first[row]] = true
		if v := tab.Column("day").Num[row]; !math.IsNaN(v) {
			latest = max(latest, v)
		}
	}
	for _, row := range p.Test {
		assert.False(t, side[row], "row %d is on both sides", row)
		assert.False(t, learned[first[row]], "the group of row %d is on both sides", row)
		if s.Time != "" {
			assert.Greater(t, tab.Column("day").Num[row], latest+s.Gap)
		}
	}
}

func TestDivisionsObeyTheStructure(t *testing.T) {
	tab := visits(400)
	classes := make([]float64, 400)
	for i, c := range tab.Column("class").Codes {
		classes[i] = float64(c)
	}
	some := rand.New(rand.NewPCG(1, 1)).Perm(400)[:250]
	slices.Sort(some)
	for name, s := range structures {
		t.Run(name, func(t *testing.T) {
			whole, err := s.Layout(tab)
			require.NoError(t, err)
			whole = whole.ByClass(classes)
			for _, of := range []struct {
				layout *Layout
				rows   []int
			}{{whole, nil}, {whole.Take(some), some}} {
				at := func(p *Parts) *Parts {
					if of.rows == nil {
						return p
					}
					return &Parts{Train: pick(of.rows, p.Train), Test: pick(of.rows, p.Test)}
				}
				once, err := of.layout.Share(0.25, 3)
				require.NoError(t, err)
				obeys(t, s, tab, at(once))
				assert.InDelta(t, 0.25, float64(len(once.Test))/float64(of.layout.Rows()), 0.09)
				again, err := of.layout.Share(0.25, 3)
				require.NoError(t, err)
				assert.Equal(t, once, again)

				folds, err := of.layout.Folds(4, 2, 3)
				require.NoError(t, err)
				held := map[int]int{}
				for _, p := range folds {
					obeys(t, s, tab, at(p))
					for _, row := range p.Test {
						held[row]++
					}
				}
				if s.Time == "" {
					assert.Len(t, folds, 8)
					assert.Len(t, held, of.layout.Rows())
					assert.NotEqual(t, folds[0].Test, folds[4].Test, "they are dealt anew")
				} else {
					assert.Len(t, folds, 4, "windows do not repeat")
				}
				half, quarter := of.layout.Part(0.5, 3), of.layout.Part(0.25, 3)
				assert.Subset(t, half, quarter)
				assert.InDelta(t, 0.5*float64(of.layout.Rows()), len(half), 8)
			}
		})
	}
}

// By time a part to learn from is the latest; groups are whole.
func TestPartsToLearnFrom(t *testing.T) {
	tab := visits(400)
	s := structures["time"]
	l, err := s.Layout(tab)
	require.NoError(t, err)
	part := l.Part(0.1, 1)
	assert.Len(t, part, 40)
	assert.Equal(t, 399, part[39])
	assert.GreaterOrEqual(t, part[0], 355)

	s = structures["groups"]
	l, err = s.Layout(tab)
	require.NoError(t, err)
	inside := map[int]bool{}
	for _, row := range l.Part(0.3, 1) {
		inside[row] = true
	}
	first := s.first(tab)
	for row, f := range first {
		assert.Equal(t, inside[f], inside[row])
	}
}

// Strata are as even as whole groups allow.
func TestGroupsOfStrata(t *testing.T) {
	tab := visits(2000)
	s := structures["strata, groups"]
	l, err := s.Layout(tab)
	require.NoError(t, err)
	share := func(rows []int) float64 {
		return float64(table.Summarize(tab.Take(rows).Column("class")).Counts[1]) / float64(len(rows))
	}
	all := share(l.Part(1, 0))
	folds, err := l.Folds(5, 1, 1)
	require.NoError(t, err)
	for _, p := range folds {
		assert.InDelta(t, all, share(p.Test), 0.01)
		assert.InDelta(t, 400, len(p.Test), 8)
	}
	p := divide(t, tab, Options{By: Stratified, Column: "class", Test: 0.2, Seed: 3, Group: []string{"patient"}})
	obeys(t, s, tab, p)
	assert.InDelta(t, all, share(p.Test), 0.01)
	assert.InDelta(t, 400, len(p.Test), 8)
}

func TestTimeWithGapAndGroups(t *testing.T) {
	tab := visits(400)
	for _, o := range []Options{
		{By: Time, Column: "day", Test: 0.2, Gap: "7d"},
		{By: Time, Column: "day", Test: 0.2, Group: []string{"patient"}},
		{By: Time, Column: "day", Test: 0.2, Gap: "168h", Group: []string{"patient"}},
	} {
		p, err := Divide(tab, o)
		require.NoError(t, err)
		s, err := o.Structure(tab)
		require.NoError(t, err)
		obeys(t, *s, tab, p)
		if o.Gap != "" {
			assert.InDelta(t, 7, p.Close, 1, "a day each, less those without a date")
		}
		assert.Equal(t, o.Group != nil, p.Known > 0)
		assert.Equal(t, 400, len(p.Train)+len(p.Test)+p.Close+p.Known)
		assert.Equal(t, 13, p.Undated)
	}
	// Nobody is new.
	one := table.New(&table.Column{Field: table.Field{Name: "who", Type: table.Number}, Num: []float64{1, 2, 1, 2}},
		&table.Column{Field: table.Field{Name: "at", Type: table.Number}, Num: []float64{1, 2, 3, 4}})
	_, err := Divide(one, Options{By: Time, Column: "at", Test: 0.5, Group: []string{"who"}})
	assert.ErrorContains(t, err, "the test part is empty; found 4 rows in all, 2 of them after the cut and of groups with rows before it")
	assert.ErrorContains(t, err, "after the cut there are only groups with earlier rows")
	// All that comes before is within the gap.
	_, err = Divide(one, Options{By: Time, Column: "at", Test: 0.5, Gap: "5"})
	assert.ErrorContains(t, err, "the training part is empty; found 4 rows in all, 2 of them within the gap")
	assert.ErrorContains(t, err, "make the gap shorter")
}

func TestGaps(t *testing.T) {
	date := &table.Column{Field: table.Field{Name: "day", Type: table.Date}}
	step := &table.Column{Field: table.Field{Name: "step", Type: table.Number}}
	for _, c := range []struct {
		gap    string
		column *table.Column
		want   float64
		wrong  string
	}{
		{"", date, 0, ""}, {"7d", date, 7 * day, ""}, {"0.5d", date, day / 2, ""}, {"90m", date, 5400, ""}, {"3", step, 3, ""},
		{"3", date, 0, "write gap: 3d"}, {"3d", step, 0, "does not suit step"},
	} {
		got, err := gapOf(c.gap, c.column)
		assert.Equal(t, c.want, got, c.gap)
		if c.wrong != "" {
			assert.ErrorContains(t, err, c.wrong)
		} else {
			assert.NoError(t, err)
		}
	}
	for _, wrong := range []string{"-1", "0", "soon", "d", "NaN", "inf", "-2h"} {
		assert.Error(t, CheckGap(wrong), wrong)
	}
}

// What was declared is found again, and an older split tells what it knew.
func TestOpenStructure(t *testing.T) {
	open := func(files map[string]string) *Structure {
		a := &artifact.Artifact{}
		for name, text := range files {
			path := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
			a.Files = append(a.Files, artifact.Blob{Name: name, Path: path})
		}
		s, err := OpenStructure(a)
		require.NoError(t, err)
		return s
	}
	for name, s := range structures {
		data, err := json.Marshal(s)
		require.NoError(t, err)
		assert.Equal(t, s, *open(map[string]string{FileStructure: string(data)}), name)
	}
	assert.Equal(t, &Structure{Time: "sold"}, open(map[string]string{FileFacts: `{"by": "time", "column": "sold"}`}))
	assert.Equal(t, &Structure{Strata: "label"}, open(map[string]string{FileFacts: `{"by": "stratified", "column": "label"}`}))
	assert.Equal(t, &Structure{}, open(map[string]string{FileFacts: `{"by": "hash"}`}))
	assert.Equal(t, &Structure{}, open(nil))
}

// Independent rows are divided as they were before there were structures.
func TestIndependentShareIsStratified(t *testing.T) {
	classes := make([]float64, 103)
	for i := range classes {
		classes[i] = float64(i % 4 / 3)
	}
	folds, err := Independent(103).ByClass(classes).Folds(5, 1, 1)
	require.NoError(t, err)
	for _, p := range folds {
		rare := 0.0
		for _, row := range p.Test {
			rare += classes[row]
		}
		assert.InDelta(t, 25./5, rare, 1)
	}
	_, err = Independent(103).ByClass(classes).Folds(200, 1, 1)
	assert.ErrorContains(t, err, "too few training rows")
}

// FuzzStructure holds decoding to surviving any bytes, and what it takes to dividing
// rows without a panic.
func FuzzStructure(f *testing.F) {
	for _, s := range structures {
		data, err := json.Marshal(s)
		require.NoError(f, err)
		f.Add(data, 3)
	}
	f.Add([]byte(`{"together": [[], [1], [-1, 2], [399, 400]], "gap": -1}`), 100)
	tab := visits(40)
	f.Fuzz(func(t *testing.T, data []byte, k int) {
		path := filepath.Join(t.TempDir(), FileStructure)
		require.NoError(t, os.WriteFile(path, data, 0o666))
		s, err := OpenStructure(&artifact.Artifact{Files: []artifact.Blob{{Name: FileStructure, Path: path}}})
		if err != nil {
			return
		}
		l, err := s.Layout(tab)
		if err != nil {
			return
		}
		l.Share(0.3, 1)
		l.Folds(1+(k&15), 2, 1)
		l.Part(0.5, 1)
		l.Deal(3, 1)
		l.Units()
		s.Of([]int{0, 5, 9}).Layout(tab.Take([]int{0, 5, 9}))
	})
}

// FuzzGap: whatever is taken for a gap is longer than nothing.
func FuzzGap(f *testing.F) {
	for _, text := range []string{"", "7d", "12h", "0.5d", "3", "1e308d", "-2", "d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		length, _, err := ParseLength(text)
		if err == nil && text != "" {
			assert.True(t, length > 0 && !math.IsInf(length, 0), "%q is %v", text, length)
		}
	})
}

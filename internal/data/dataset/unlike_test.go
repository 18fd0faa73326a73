package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// months writes files of so many rows: an id that counts up, a month, a price
// around the mean, a cut.
func months(rows int, means ...float64) []string {
	var files []string
	id := 0
	for m, mean := range means {
		var b strings.Builder
		b.WriteString("id,month,price,cut,color\n")
		for i := range rows {
			id++
			fmt.Fprintf(&b, "%d,m%d,%g,%s,%s\n", id, m, mean+float64(i%7)-3, []string{"Fair", "Good"}[i%2], []string{"D", "E", "F"}[i%3])
		}
		files = append(files, fmt.Sprintf("%d.csv", m), b.String())
	}
	return files
}

func TestUnlike(t *testing.T) {
	change := func(files []string, at int, old, with string) []string {
		files[at] = strings.ReplaceAll(files[at], old, with)
		return files
	}
	cut := months(50, 100, 100, 100)
	cut[3] = strings.TrimSuffix(cut[3], "\n")
	none := months(50, 100, 100, 100)
	for i := 1; i < len(none); i += 2 {
		none[i] = strings.TrimSuffix(none[i], "\n")
	}
	all := months(50, 100, 101, 109)
	all = change(change(all, 5, "Fair", "Mythical"), 5, ",F", ",Z")
	all[5] = strings.TrimSuffix(all[5], "\n")
	for name, test := range map[string]struct {
		files []string
		keep  string
		want  []string
	}{
		"alike":                     {months(50, 100, 100, 100), "", nil},
		"as they differ":            {months(50, 95, 100, 105), "", nil},
		"off":                       {months(50, 100, 101, 109), "", []string{"2.csv: price is 8.5% up on average"}},
		"below":                     {months(50, 100, 90, 101), "", []string{"1.csv: price is 10% down on average"}},
		"of few rows":               {months(6, 50, 50, 54), "", nil},
		"one file":                  {months(50, 100), "", nil},
		"a cut line":                {cut, "", []string{"1.csv: its last line has no end and may be cut"}},
		"no line has an end":        {none, "", nil},
		"levels":                    {change(months(50, 100, 100, 100), 3, "Fair", "Mythical"), "", []string{`1.csv: levels that they do not have: cut ("Mythical")`}},
		"levels of two files":       {change(change(months(50, 100, 100, 100), 3, "Fair", "Mythical"), 5, "Fair", "New"), "", nil},
		"rows that are kept out":    {months(50, 100, 100, 100), `month != "m2" || cut == "Good"`, []string{"2.csv: 25 of its 50 rows are kept out, and 0% of theirs"}},
		"of two files the smaller":  {append(months(90, 100), "new.csv", months(60, 120)[1]), "", []string{"new.csv: price is 20% up on average"}},
		"of two files, a few rows":  {append(months(90, 100), "new.csv", months(6, 100)[1]), "", nil},
		"all of it, in one finding": {all, "", []string{`2.csv: its last line has no end and may be cut; price is 8.5% up on average; levels that they do not have: cut ("Mythical") and color ("Z")`}},
	} {
		d, err := Read(sources(t, test.files...), Options{Duplicates: KeepAll, Keep: test.keep})
		require.NoError(t, err, name)
		var got []string
		for _, u := range d.Unlike {
			got = append(got, u.File+": "+strings.Join(u.Reasons, "; "))
		}
		assert.Equal(t, test.want, got, name)
	}
}

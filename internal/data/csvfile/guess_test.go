package csvfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/table"
)

func TestGuess(t *testing.T) {
	for name, test := range map[string]struct {
		in, want string
		o        Options
	}{
		"plain":          {"a,b\n1.5,x\n", "a:number|1.5\nb:category|x\n", Options{Encoding: "utf-8", Delimiter: ','}},
		"decimal commas": {"a;b\n1,5;x\n2,5;y\n", "a:number|1.5|2.5\nb:category|x|y\n", Options{Encoding: "utf-8", Delimiter: ';', Decimal: ','}},
		"decimal commas in quotes": {"a,b\n\"1,5\",x\n\"2,5\",y\n", "a:number|1.5|2.5\nb:category|x|y\n",
			Options{Encoding: "utf-8", Delimiter: ',', Decimal: ','}},
		"Western letters": {"a\tb\n1\tn\xe9e\n", "a:number|1\nb:category|née\n", Options{Encoding: "windows-1252", Delimiter: '\t'}},
		"UTF-16":          {"\xff\xfea\x00\n\x001\x00\n\x00", "a:number|1\n", Options{Encoding: "utf-16", Delimiter: ','}},
		"bad rows":        {"a,b\n1,x\n2\n", "a:number|1\nb:category|x\n", Options{Encoding: "utf-8", Delimiter: ',', DropBad: true}},
	} {
		path := filepath.Join(t.TempDir(), "f.csv")
		require.NoError(t, os.WriteFile(path, []byte(test.in), 0o666))
		f, o, err := Guess(path, Options{Name: "f.csv"})
		require.NoError(t, err, name)
		assert.Equal(t, test.want, show(f.Table), name)
		test.o.Name = "f.csv"
		assert.Equal(t, test.o, o, name)
	}
}

// A word that repeats among numbers stands for a missing one, and costs neither
// rows nor the column's type. What is a level, or stands once, is left alone.
func TestGuessMarks(t *testing.T) {
	numbers := strings.Repeat("7\n8.5\n", 50)
	for name, test := range map[string]struct {
		in      string
		marks   []string
		notices []Notice // their Count, Line and Value
		dropped int
	}{
		"a mark":               {"?\n" + numbers + "?\n", []string{"?"}, []Notice{{Count: 2, Line: 2, Value: "?"}}, 0},
		"a word":               {numbers + "unknown\nunknown\n", []string{"unknown"}, []Notice{{Count: 2, Line: 102, Value: "unknown"}}, 0},
		"many marks":           {numbers + strings.Repeat("-\n", 30), []string{"-"}, []Notice{{Count: 30, Line: 102, Value: "-"}}, 0},
		"two marks":            {numbers + "?\n?\n-\n-\n", []string{"-", "?"}, []Notice{{Count: 2, Line: 104, Value: "-"}, {Count: 2, Line: 102, Value: "?"}}, 0},
		"a mark and a mistake": {numbers + "?\n?\nx\n", []string{"?"}, []Notice{{Count: 2, Line: 102, Value: "?"}}, 1},
		"two words":            {numbers + "x\nx\ny\ny\n", nil, nil, 4},
		"once":                 {numbers + "?\n", nil, nil, 1},
		"a level":              {strings.Repeat("1\n2\nsome\n", 30), nil, nil, 0},
	} {
		path := filepath.Join(t.TempDir(), "f.csv")
		require.NoError(t, os.WriteFile(path, []byte("a\n"+test.in), 0o666))
		f, o, err := Guess(path, Options{Name: "f.csv"})
		require.NoError(t, err, name)
		var notices []Notice
		for _, n := range f.Notices {
			if strings.Contains(n.Hint, "read as missing") {
				notices = append(notices, Notice{Count: n.Count, Line: n.Line, Value: n.Value})
			}
		}
		assert.Equal(t, test.notices, notices, name)
		dropped := 0
		for _, d := range f.Dropped {
			dropped += d.Count
		}
		assert.Equal(t, test.dropped, dropped, name)
		if test.marks == nil {
			assert.Nil(t, o.Missing, name)
			continue
		}
		assert.Equal(t, append(slices.Clone(DefaultMissing), test.marks...), o.Missing, name)
		assert.Equal(t, table.Number, f.Table.Columns[0].Type, name)
		o.DropBad = true
		again, err := Parse([]byte("a\n"+test.in), o)
		require.NoError(t, err, name)
		assert.Equal(t, show(f.Table), show(again.Table), name)
	}
}

// Columns are declared where their values have a form that is found, and the
// file read with that has no bad rows.
func TestGuessDeclares(t *testing.T) {
	for name, test := range map[string]struct{ in, want, as string }{
		"days first":       {"31/12/2006\n01/02/2006\n", "date|02/01/2006", "date"},
		"marks in dates":   {"31.12.2006\n?\n01.02.2006\n?\n", "date|02.01.2006|?", "date"},
		"unknown in dates": {"\"Dec 31, 2006\"\nunknown\n\"Jan 2, 2006\"\nunknown\n", "date|Jan 2, 2006|unknown", "date"},
		"zeros":            {"2006/12/31 10:11\n0000-00-00\n2006/01/02 10:12\n0000-00-00\n", "date|2006/01/02 15:04|0000-00-00", "date"},
		"compact":          {"20061231\n20060102\n20060103\n20060104\n20060105\n", "date|20060102", "date"},
		"months":           {"200612\n200601\n200602\n200603\n200604\n", "date|200601", "date"},
		"seconds":          {"1167523200\n1167523300\n1167524200\n1167525200\n1167526200\n", "date|unix", "date"},
		"milliseconds":     {"1167523200000\n1167523300001\n1167524200000\n1167525200000\n1167526200000\n", "date|unix-ms", "date"},
		"dealt out":        {"1167523200\n1167523201\n1167523202\n1167523203\n1167523204\n", "", ""},
		"dollars":          {"$33.44\n$1\n\"$1,200\"\n", "number|$1,234.5", "number"},
		"per cent":         {"25%\n30%\n", "number|1234%", "number"},
		"kilograms, gaps":  {"25 kg\n-\n30 kg\n-\n", "number|1234 kg|-", "number"},
		"thousands":        {"\"1,200\"\n950\n\"7,400\"\n30\n", "number|1,234", "number"},
		"rare thousands":   {strings.Repeat("950\n", 30) + "\"1,200\"\n", "number|1,234", "number"},
		"only thousands":   {"\"1,200\"\n\"7,400\"\n", "number|1,234", "number"},
		"words":            {"red\nblue\n", "", ""},
		"codes":            {"A12\nA13\n", "", ""},
		"sizes":            {"12 kg\n500 g\n", "", ""},
		"None most":        {"None\nNone\nNone\nMajor\nMinor\n", "", "category"},
		"None beside gaps": {"None\nred\nred\nblue\nNA\n", "", "category"},
		"None few":         {"None\nred\nred\nblue\nblue\n", "", ""},
	} {
		in := []byte("a;b\n" + strings.ReplaceAll(test.in, "\n", ";1\n"))
		path := filepath.Join(t.TempDir(), "f.csv")
		require.NoError(t, os.WriteFile(path, in, 0o666))
		f, o, err := Guess(path, Options{Name: "f.csv"})
		require.NoError(t, err, name)
		got, as := "", ""
		for _, c := range o.Columns {
			got = strings.Join(append([]string{string(c.Type), c.Layout}, c.Missing...), "|")
		}
		for _, n := range f.Notices {
			as = n.As
		}
		assert.Equal(t, test.want, got, name)
		assert.Equal(t, test.as, as, name)
		assert.False(t, o.DropBad, name)
		again, err := Parse(in, o)
		require.NoError(t, err, name)
		assert.Equal(t, show(f.Table), show(again.Table), name)
		if test.as == "category" {
			assert.Contains(t, f.Table.Columns[0].Levels, "None", name)
		}
	}
}

// A first line of values is a row; one of years, or of names, is not.
func TestGuessBare(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		bare bool
	}{
		"values":        {"14,1.35,clerk\n3,1.62,smith\n8,2.5,clerk\n7,1.5,clerk\n", true},
		"equal values":  {"7,7,clerk\n3,1,smith\n8,2,clerk\n", true},
		"no value":      {",7,clerk\n3,1,smith\n8,2,clerk\n", true},
		"names":         {"a,b,c\n14,1.35,clerk\n", false},
		"equal names":   {"a,a,c\n14,1.35,clerk\n", false},
		"years":         {"country,1990,1991,1992\nx,1,2,3\ny,1,2,3\n", false},
		"years alone":   {"1990,1991,1992\n1,2,3\n1,2,3\n", false},
		"names of rows": {",b,c\n1,1.35,clerk\n2,3,smith\n", false},
	} {
		path := filepath.Join(t.TempDir(), "f.csv")
		require.NoError(t, os.WriteFile(path, []byte(test.in), 0o666))
		f, o, err := Guess(path, Options{Name: "f.csv"})
		if name == "equal names" {
			require.ErrorContains(t, err, "both named")
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.bare, o.Bare, name)
		if test.bare {
			assert.Equal(t, "field 1", f.Table.Columns[0].Name, name)
			assert.Equal(t, strings.Count(test.in, "\n"), f.Rows, name)
		}
	}
}

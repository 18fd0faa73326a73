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

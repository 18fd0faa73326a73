package csvfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a person would have declared, had they known, is told; what is as it
// looks is not.
func TestNotices(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"a long number among others": {"1.5\n9007199254740993\n2\n", `3: "9007199254740993" has 1 number of more digits than are kept; if they are names`},
		"a deep number":              {"1.5\n0.12345678901234567891\n0.1000000000000000055511151231257827\n0.50000000000000000000000\n0.00000000000000000001\n", `3: "0.12345678901234567891" has 1 number of more than 17 digits, of which the last are lost`},
		"decimal commas":             {"1,5\n2\n3,25\n", `2: "1,5" is read as a category, for its decimal point is another; declare decimal: ","`},
		"thousands":                  {"1,500\n2\n1,003,250.75\n", `2: "1,500" is read as a category, for its numbers are written with separators; declare type: number and layout: "1,234" if they part thousands`},
		"mixed":                      {"1\n2\nabout 7\n", `4: "about 7" is read as a category, for 1 of the first 3 values are no numbers; declare what means`},
		"dates":                      {"31/12/2006\n01/02/2006\n02/02/2006\n", `2: "31/12/2006" is read as a category, and looks like dates; if it has them, declare type: date and layout: "02/01/2006"`},
		"dollars":                    {"$3\n$4.50\n$5\n", `2: "$3" is read as a category, and looks like numbers; if it has them, declare type: number and layout: "$1234.5"`},
		"identifiers":                {"9007199254740993\n9007199254740995\n007\n", ""},
		"leading zeros":              {"00123\n00124\n", ""},
		"names":                      {"a\nb\n1\nc\n", ""},
		"a comma here and there":     {"a, b\nc\nd\n", ""},
		"numbers":                    {"1\n2\nNA\n", ""},
	} {
		f, err := Parse([]byte("x;y\n"+strings.ReplaceAll(test.in, "\n", ";1\n")), Options{Name: "f.csv"})
		require.NoError(t, err, name)
		var got []string
		for _, n := range f.Notices {
			got = append(got, fmt.Sprintf("%d: %q %s; %s", n.Line, n.Value, n.What, n.Hint))
		}
		if test.want == "" {
			assert.Empty(t, got, name)
		} else {
			require.Len(t, got, 1, name)
			assert.True(t, strings.HasPrefix(got[0], test.want), "%s: %s", name, got[0])
		}
	}
}

package csvfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

package csvfile

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"labbook/internal/data/table"

	"github.com/stretchr/testify/require"
)

// FuzzParse compares with encoding/csv: what it accepts and the rules of this
// package do not refuse must be the same texts.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a,b\n1,x\n", "a,b\r\n\"1\n\",\"x\"\"\"\r\n", "a\n\n1\n", "a,b\n1\n", "a;b\n1;\"2\n", "a\n\"\"\n \n", "\xef\xbb\xbfa\n1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all := Options{Delimiter: ',', Missing: []string{}}
		inferred, inferErr := Parse(data, Options{DropBad: true})
		if inferErr == nil {
			again, err := Parse(data, Options{DropBad: true, Cores: 3})
			require.NoError(t, err)
			require.Equal(t, show(inferred.Table), show(again.Table))
		}
		reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		records, theirErr := reader.ReadAll()
		for _, name := range first(records) {
			all.Columns = append(all.Columns, Column{Field: table.Field{Name: strings.TrimSpace(name), Type: table.Text}})
		}
		if len(records) < 2 || unwanted(data, all.Columns) {
			return
		}
		ours, err := Parse(data, all)
		if theirErr != nil {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, len(records)-1, ours.Table.Rows())
		for i, record := range records[1:] {
			for j, value := range record {
				if strings.TrimSpace(value) == "" {
					value = ""
				}
				require.Equal(t, value, ours.Table.Columns[j].Texts[i])
			}
		}
	})
}

func first(records [][]string) []string {
	if len(records) == 0 {
		return nil
	}
	return records[0]
}

// unwanted says that this package refuses on purpose what encoding/csv takes.
func unwanted(data []byte, columns []Column) bool {
	names := map[string]bool{}
	for _, c := range columns {
		if c.Name == "" || names[c.Name] {
			return true
		}
		names[c.Name] = true
	}
	text, _, err := decode(data, &Options{})
	return err != nil || !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0
}

// FuzzParseNumber compares with strconv, which rounds correctly.
func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"1.5", "-0", "1e22", "9007199254740993", ".5e-3", "1e-400", "0.1", "inf", "123456789012345678901"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, form := parseNumber([]byte(s), '.')
		want, err := strconv.ParseFloat(s, 64)
		if form.isNumber() || form == identifier {
			require.NoError(t, err)
			require.Equal(t, math.Float64bits(want), math.Float64bits(got))
		} else if err == nil && !math.IsInf(want, 0) && !math.IsNaN(want) {
			require.True(t, strings.ContainsAny(s, "xXpP_"), "%q is a number to strconv only", s)
		}
	})
}

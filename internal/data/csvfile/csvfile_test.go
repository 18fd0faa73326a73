package csvfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/internal/testdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// show writes a table as lines of name:type and values, for comparison.
func show(t *table.Table) string {
	var b strings.Builder
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "%s:%s", c.Name, c.Type)
		for i := range t.Rows() {
			fmt.Fprintf(&b, "|%s", c.String(i))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func declared(fields ...table.Field) []Column {
	var columns []Column
	for _, f := range fields {
		columns = append(columns, Column{Field: f})
	}
	return columns
}

func TestParse(t *testing.T) {
	number := table.Number
	for name, test := range map[string]struct {
		in   string
		o    Options
		want string
	}{
		"plain":              {"a,b\n1,x\n2,y\n", Options{}, "a:number|1|2\nb:category|x|y\n"},
		"no last line end":   {"a,b\n1,x\n2,y", Options{}, "a:number|1|2\nb:category|x|y\n"},
		"CRLF":               {"a,b\r\n1,x\r\n2,y\r\n", Options{}, "a:number|1|2\nb:category|x|y\n"},
		"BOM":                {"\xef\xbb\xbfa,b\n1,x\n", Options{}, "a:number|1\nb:category|x\n"},
		"two BOMs":           {"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,x\n", Options{}, "a:number|1\nb:category|x\n"},
		"BOM before a quote": {"\xef\xbb\xbf\"a\",b\n1,x\n", Options{}, "a:number|1\nb:category|x\n"},
		"semicolons":         {"a;b\n1,5;x\n", Options{Decimal: ','}, "a:number|1.5\nb:category|x\n"},
		"tabs":               {"a\tb\n1\tx, y\n", Options{}, "a:number|1\nb:category|x, y\n"},
		"pipes":              {"a|b\n1|x\n", Options{}, "a:number|1\nb:category|x\n"},
		"declared delimiter": {"a,c;b\n1;x\n", Options{Delimiter: ';'}, "a,c:number|1\nb:category|x\n"},
		"delimiter in quoted header": {"\"a;;;b\",c\n1,2\n", Options{},
			"a;;;b:number|1\nc:number|2\n"},
		"quotes":                   {"a,b\n\"1\",\"x \"\"y\"\",\nz\"\n", Options{}, "a:number|1\nb:category|x \"y\",\nz\n"},
		"CRLF within quotes":       {"a,b\r\n1,\"x\r\ny\"\r\n", Options{}, "a:number|1\nb:category|x\ny\n"},
		"other quote":              {"a,b\n1,'x,''y'\n", Options{Quote: '\''}, "a:number|1\nb:category|x,'y\n"},
		"blank lines":              {"\n\na,b\n\n1,x\n\r\n2,y\n\n", Options{}, "a:number|1|2\nb:category|x|y\n"},
		"one column":               {"a\n1\n\n2\n", Options{}, "a:number|1|2\n"},
		"spaces in the header":     {" a , b\n1,x\n", Options{}, "a:number|1\nb:category|x\n"},
		"spaces around numbers":    {"a,b\n 1 ,\u00a02\n", Options{}, "a:number|1\nb:number|2\n"},
		"missing":                  {"a,b\n1,x\nNA,\n ,NULL\n4,None\nNaN, N/A \n", Options{}, "a:number|1|||4|\nb:category|x||||\n"},
		"declared missing":         {"a,b\n1,x\n-99,NA\n", Options{Missing: []string{"-99"}}, "a:number|1|\nb:category|x|NA\n"},
		"missing of a column":      {"a,b\n1,x\n-99,-99\n", Options{Columns: []Column{{Field: table.Field{Name: "a"}, Missing: []string{"-99"}}}}, "a:number|1|\nb:category|x|-99\n"},
		"all missing":              {"a,b\n1,\n2,NA\n", Options{}, "a:number|1|2\nb:number||\n"},
		"leading zeros":            {"zip,n\n00123,0\n04567,0.5\n", Options{}, "zip:category|00123|04567\nn:number|0|0.5\n"},
		"declared leading zeros":   {"n\n007\n", Options{Columns: declared(table.Field{Name: "n", Type: number})}, "n:number|7\n"},
		"one long among numbers":   {"id\n1.5\n9007199254740993\n2.5\n", Options{}, "id:number|1.5|9007199254740992|2.5\n"},
		"large identifiers":        {"id\n9007199254740993\n12345678901234567890\n", Options{}, "id:category|9007199254740993|12345678901234567890\n"},
		"dates":                    {"d\n2012-01-31\nNA\n2012-02-29\n", Options{}, "d:date|2012-01-31||2012-02-29\n"},
		"times":                    {"d\n2012-01-31 10:30:00\n", Options{}, "d:date|2012-01-31 10:30:00\n"},
		"no date":                  {"d\n2012-02-30\n", Options{}, "d:category|2012-02-30\n"},
		"mixed layouts":            {"d\n2012-01-31\n2012-01-31 10:30:00\n", Options{}, "d:category|2012-01-31|2012-01-31 10:30:00\n"},
		"declared layout":          {"d\n31.01.2012\n", Options{Columns: declared(table.Field{Name: "d", Type: table.Date, Layout: "02.01.2006"})}, "d:date|31.01.2012\n"},
		"declared date, no layout": {"d\nNA\n2012-01-31T10:00\n", Options{Columns: declared(table.Field{Name: "d", Type: table.Date})}, "d:date||2012-01-31T10:00\n"},
		"declared text":            {"t\n1\n", Options{Columns: declared(table.Field{Name: "t", Type: table.Text})}, "t:text|1\n"},
		"declared category":        {"t\n1\n", Options{Columns: declared(table.Field{Name: "t", Type: table.Category})}, "t:category|1\n"},
		"labels": {"l\n1\n0\n", Options{Columns: []Column{{Field: table.Field{Name: "l"}, Labels: map[string]string{"0": "no", "1": "yes"}}}},
			"l:category|yes|no\n"},
		"drop the rest": {"a,b,c\n1,2,3\n", Options{Rest: Drop, Columns: declared(table.Field{Name: "b"})}, "b:number|2\n"},
		"latin-1":       {"a\nM\xfcller\n", Options{Encoding: "latin-1"}, "a:category|Müller\n"},
		"windows-1252":  {"a\n\x80 5\n", Options{Encoding: "windows-1252"}, "a:category|€ 5\n"},
		"utf-16":        {"\xff\xfea\x00\n\x00=\xd8\x00\xde\n\x00", Options{Encoding: "utf-16"}, "a:category|😀\n"},
		"utf-16 BE":     {"\xfe\xff\x00a\x00\n\x001\x00\n", Options{Encoding: "utf-16"}, "a:number|1\n"},
		"empty quotes":  {"a\n\"\"\n1\n", Options{}, "a:number||1\n"},
		"long values":   {"a\n" + strings.Repeat("x", 101) + "\n", Options{}, "a:text|" + strings.Repeat("x", 101) + "\n"},
		"unique values": {"a\nA\nB\nC\nD\nE\nF\nG\nH\nI\nJ\nK\n", Options{}, "a:text|A|B|C|D|E|F|G|H|I|J|K\n"},
		"spaces stay":   {"a\n x\n", Options{}, "a:category| x\n"},
		"names of rows": {",a\n0,x\n1,y\n", Options{}, "column 1:number|0|1\na:category|x|y\n"},
		"names of R":    {"\"\",\"a\"\n\"r1\",2\n", Options{}, "column 1:category|r1\na:number|2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse([]byte(test.in), test.o)
			require.NoError(t, err)
			assert.Equal(t, test.want, show(f.Table))
		})
	}
}

func TestErrors(t *testing.T) {
	one := 1.0
	ten := 10.0
	for name, test := range map[string]struct {
		in   string
		o    Options
		want string // each of its lines must be part of the message
	}{
		"empty":            {"", Options{}, "f.csv: is empty"},
		"only white space": {"  \r\n\n ", Options{}, "f.csv: is empty"},
		"only a header":    {"a,b\n", Options{}, "has a header but no rows"},
		"CR only":          {"a,b\r1,2\r", Options{}, "CR alone\ntr '"},
		"too few fields":   {"a,b,c\n1,2,3\n1,2\n", Options{}, "f.csv:3: \nfound 2 fields\nwanted 3 fields"},
		"too many fields":  {"a,b\n1,2\n\n1,2,3\n", Options{}, "f.csv:4: \nfound 3 fields\nwanted 2 fields\nin quotes"},
		"ragged after a field with lines": {"a,b\n\"1\n\n\",2\n1\n", Options{},
			"f.csv:5: "},
		"open quote":          {"a,b\n1,2\n1,\"x\n1,2\n1,2\n", Options{}, "f.csv:3: \nnever closed"},
		"bare quote":          {"a,b\n1,2\n1,5\" pipe\n", Options{}, "f.csv:3:4: \na quote stands where none may be"},
		"text after a quote":  {"a,b\n1,\"x\"y\n", Options{}, "f.csv:2:6: \na quote stands where none may be"},
		"NUL":                 {"a,b\n1,x\x00y\n", Options{}, "f.csv:2: \nNUL byte stands at byte 7\nutf-16"},
		"NUL in the header":   {"a\x00,b\n1,x\n", Options{}, "f.csv:1: \nNUL"},
		"invalid UTF-8":       {"a,b\n1,x\n2,M\xfcller\n", Options{}, "f.csv:3: not valid UTF-8 at byte 11\nlatin-1"},
		"invalid header":      {"a,\xfc\n1,x\n", Options{}, "f.csv:1: not valid UTF-8 at byte 2"},
		"UTF-16 undeclared":   {"\xff\xfea\x00\n\x00", Options{}, "declare encoding: utf-16"},
		"half a UTF-16":       {"\xff\xfea", Options{Encoding: "utf-16"}, "odd number"},
		"lone surrogate":      {"\xff\xfea\x00\n\x00\x00\xd8\n\x00", Options{Encoding: "utf-16"}, "f.csv:2: \nnot valid UTF-16"},
		"unknown encoding":    {"a\n1\n", Options{Encoding: "latin1"}, "did you mean \"latin-1\""},
		"duplicate names":     {"a,b,a\n1,2,3\n", Options{}, "f.csv:1: columns 1 and 3 are both named \"a\""},
		"no header":           {"7,7,a\n1,2,b\n", Options{}, "both named \"7\"\ndeclare header: none"},
		"duplicate by spaces": {"a, a\n1,2\n", Options{}, "both named \"a\""},
		"empty name":          {"a,,c\n1,2,3\n", Options{}, "column 2 of 3 has no name"},
		"no names at all":     {",\n1,2\n", Options{}, "column 2 of 2 has no name"},
		"delimiter too many":  {"a,b,\n1,2,\n", Options{}, "column 3 of 3 has no name\ndelimiter too many"},
		"lacking column":      {"carat,cut\n1,2\n", Options{Columns: declared(table.Field{Name: "karat"})}, "no column \"karat\"\ndid you mean \"carat\""},
		"wrong delimiter":     {"carat:cut\n1:2\n", Options{Columns: declared(table.Field{Name: "price"})}, "declare its delimiter"},
		"undeclared column":   {"a,b\n1,2\n", Options{Rest: Refuse, Columns: declared(table.Field{Name: "a"})}, "column \"b\" is not declared"},
		"declared number":     {"a,b\n1,x\n2,y\n", Options{Columns: declared(table.Field{Name: "b", Type: table.Number})}, "f.csv:2:3: b is not a number\nfound \"x\""},
		"decimal comma":       {"a;b\n1;2,5\n", Options{Columns: declared(table.Field{Name: "b", Type: table.Number})}, "declare decimal: \",\""},
		"infinity":            {"a\n1\n-Infinity\n", Options{Columns: declared(table.Field{Name: "a", Type: table.Number})}, "f.csv:3:1: a is not finite"},
		"overflow":            {"a\n1e999\n", Options{Columns: declared(table.Field{Name: "a", Type: table.Number})}, "a is not finite"},
		"hexadecimal":         {"a\n0x1F\n", Options{Columns: declared(table.Field{Name: "a", Type: table.Number})}, "a is not a number"},
		"one name among numbers": {"price\n" + strings.Repeat("1\n", 20) + "abc\n", Options{},
			"f.csv:22:1: price is not a number\nfound \"abc\"\nnine tenths"},
		"infinity among numbers": {"price\n" + strings.Repeat("1\n", 20) + "inf\n", Options{}, "f.csv:22:1: price is not finite"},
		"name after the sample":  {"price\n" + strings.Repeat("1\n", 2000) + "abc\n", Options{}, "f.csv:2002:1: price is not a number"},
		"below the minimum":      {"a\n1\n0.5\n", Options{Columns: declared(table.Field{Name: "a", Min: &one})}, "f.csv:3:1: a is below 1\nfound \"0.5\", wanted at least 1"},
		"above the maximum":      {"a\n1\n10.5\n", Options{Columns: declared(table.Field{Name: "a", Type: table.Number, Max: &ten})}, "a is above 10"},
		"unknown level": {"cut\nIdeal\nIdael\n", Options{Columns: declared(table.Field{Name: "cut", Levels: []string{"Fair", "Ideal"}, Ordered: true})},
			"f.csv:3:1: unknown level of cut\nfound \"Idael\", wanted one of Fair, Ideal\ndid you mean \"Ideal\""},
		"unknown label": {"l\n0\n7\n", Options{Columns: []Column{{Field: table.Field{Name: "l"}, Labels: map[string]string{"0": "no"}}}}, "f.csv:3:1: unknown level of l\nfound \"7\""},
		"bad date":      {"d\n2012-01-31\n2012-02-31\n", Options{Columns: declared(table.Field{Name: "d", Type: table.Date})}, "f.csv:3:1: d is not a date like 2006-01-02"},
		"unknown dates": {"d\n31.1.12\n", Options{Columns: declared(table.Field{Name: "d", Type: table.Date})}, "in a form that needs to be declared"},
		"huge field":    {"a\n\"" + strings.Repeat("x", maxField+1) + "\"\n", Options{}, "f.csv:2: a field beyond 16 MB"},
		"many columns":  {strings.Repeat("a,", maxColumns) + "a\n1\n", Options{}, "16385 columns"},
		"spreadsheet":   {"PK\x03\x04abc", Options{}, "spreadsheet"},
		"web page":      {"<!DOCTYPE html>\n<p>", Options{}, "web page"},
		"nothing left":  {"a\n1\n", Options{Rest: Drop}, "no column is left"},
	} {
		t.Run(name, func(t *testing.T) {
			test.o.Name = "f.csv"
			_, err := Parse([]byte(test.in), test.o)
			var d *diag.Error
			require.ErrorAs(t, err, &d)
			for part := range strings.SplitSeq(test.want, "\n") {
				assert.Contains(t, err.Error(), part)
			}
			assert.NotEmpty(t, d.Hint)
		})
	}
}

func TestDropBad(t *testing.T) {
	one := 1.0
	in := "a,b,c\n1,x,1\n2\n3,y,2\n4,z,zero\n5,\xff,3\n6,5\" x,4\n7,\x00,5\n0,w,6\n8,\"open,7\n9,v,8\n"
	o := Options{Name: "f.csv", DropBad: true, Columns: declared(
		table.Field{Name: "a", Min: &one}, table.Field{Name: "c", Type: table.Number})}
	f, err := Parse([]byte(in), o)
	require.NoError(t, err)
	assert.Equal(t, "a:number|1|3|9\nb:category|x|y|v\nc:number|1|2|8\n", show(f.Table))
	assert.Equal(t, 10, f.Rows)
	var got []string
	for _, d := range f.Dropped {
		got = append(got, fmt.Sprintf("%s: %d: %s", d.Reason, d.Count, d.Examples[0].Place()))
	}
	assert.Equal(t, []string{
		"a NUL byte: 1: f.csv:8",
		"a is below 1: 1: f.csv:9:1",
		"a quote out of place: 1: f.csv:7:4",
		"a quote that is not closed: 1: f.csv:10",
		"c is not a number: 1: f.csv:5:5",
		"not valid UTF-8: 1: f.csv:6",
		"wrong number of fields: 1: f.csv:3",
	}, got)
	assert.Equal(t, []int{2, 4, 11}, []int{f.Line(0), f.Line(1), f.Line(2)})
}

func TestDropAllRows(t *testing.T) {
	f, err := Parse([]byte("a,b\n1\n2\n"), Options{DropBad: true})
	require.NoError(t, err)
	assert.Equal(t, 0, f.Table.Rows())
	assert.Equal(t, 2, f.Dropped[0].Count)
}

// Every line opens a quote; giving up on one must not mean reading the whole
// rest for each.
func TestManyOpenQuotes(t *testing.T) {
	in := "a,b\n" + strings.Repeat("x,\"\"\"\"\"y\n", 50_000)
	_, err := Parse([]byte(in), Options{DropBad: true})
	if err != nil {
		assert.ErrorContains(t, err, "quote")
	}
}

func TestGzip(t *testing.T) {
	testdata.OnlyComputes(t)
	pack := func(data string) string {
		path := filepath.Join(t.TempDir(), "f.csv.gz")
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(data))
		require.NoError(t, errors.Join(err, z.Close(), os.WriteFile(path, b.Bytes(), 0o666)))
		return path
	}
	f, err := Read(pack("a,b\n1,x\n"), Options{})
	require.NoError(t, err)
	assert.Equal(t, 1, f.Table.Rows())

	path := pack("a,b\n1,x\n")
	require.NoError(t, os.Truncate(path, 20))
	_, err = Read(path, Options{})
	assert.ErrorContains(t, err, "not a whole gzip file")

	_, err = Read(pack(strings.Repeat("a\n", 40<<20)), Options{})
	assert.ErrorContains(t, err, "unpacks to more than 200 times")
}

func TestReadNoFile(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "none.csv"), Options{Name: "data/none.csv"})
	assert.ErrorContains(t, err, "data/none.csv: there is no such file")
	_, err = Read(os.DevNull, Options{Name: "data"})
	assert.ErrorContains(t, err, "is a device or a pipe")
	_, err = Read(t.TempDir(), Options{Name: "data"})
	assert.ErrorContains(t, err, "data/*.csv")
}

// The result must not depend on the cores, with rows of all lengths at the
// ends of chunks, and lines within quotes.
func TestCoresDoNotMatter(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,c,t\n")
	for i := range 20_000 {
		switch i % 7 {
		case 0:
			fmt.Fprintf(&b, "%d,\"k%d\",\"line %d\n\"\"two\"\",\nthree\"\n", i, i%5, i)
		case 1:
			fmt.Fprintf(&b, "NA,,\n\n")
		case 2:
			fmt.Fprintf(&b, "%d.5,k%d,%s\n", i, i%5, strings.Repeat("wide ", i%200))
		default:
			fmt.Fprintf(&b, "%d,k%d,text %d\n", i, i%5, i)
		}
	}
	for name, in := range map[string]string{
		"clean":          b.String(),
		"stray quote":    b.String() + "1,k1,5\" pipe\n2,k2,x\n",
		"one giant row":  b.String() + "1,k,\"" + strings.Repeat("giant\n", 150_000) + "\"\n" + "2,k,x\n",
		"ragged in half": b.String() + "1,2\n" + b.String()[6:],
		"open quote":     b.String() + "1,2,\"\n" + b.String()[6:],
	} {
		t.Run(name, func(t *testing.T) {
			one, err := Parse([]byte(in), Options{DropBad: true})
			require.NoError(t, err)
			two, err := Parse([]byte(in), Options{DropBad: true, Cores: 4})
			require.NoError(t, err)
			require.Equal(t, show(one.Table), show(two.Table))
			one.Table, two.Table = nil, nil
			require.Equal(t, one, two)
		})
	}
	f, err := Parse([]byte(b.String()), Options{Cores: 2})
	require.NoError(t, err)
	lines := strings.Split(b.String(), "\n")
	for row := 3; row < f.Table.Rows(); row += 977 {
		assert.Contains(t, lines[f.Line(row)-1], strings.TrimSuffix(f.Table.Columns[0].String(row), ".0"))
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Parse([]byte("a\n1\n"), Options{Context: ctx})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestHostileFiles(t *testing.T) {
	_, err := Read(testdata.Shared(t, "hostile/ragged_short.csv"), Options{Name: "f.csv"})
	assert.ErrorContains(t, err, "f.csv:8: the row has a wrong number of fields; found 4 fields, wanted 6 fields")
	_, err = Read(testdata.Shared(t, "hostile/invalid_utf8.csv"), Options{Name: "f.csv"})
	assert.ErrorContains(t, err, "f.csv:4: not valid UTF-8 at byte 96; found bytes FF FE")
	f, err := Read(testdata.Shared(t, "hostile/xss_values.csv"), Options{})
	require.NoError(t, err)
	assert.Contains(t, show(f.Table), "<script>alert(1)</script>")
}

func TestRealFiles(t *testing.T) {
	f, err := Read(filepath.Join(testdata.Root(), "testdata/data/penguins.csv"), Options{})
	require.NoError(t, err)
	types := map[string]table.Type{}
	missing := 0
	for _, c := range f.Table.Columns {
		types[c.Name] = c.Type
		if c.Missing {
			missing++
		}
	}
	assert.Equal(t, map[string]table.Type{"species": "category", "island": "category", "bill_length_mm": "number", "bill_depth_mm": "number",
		"flipper_length_mm": "number", "body_mass_g": "number", "sex": "category", "year": "number"}, types)
	assert.Equal(t, 5, missing)

	f, err = Read(filepath.Join(testdata.Root(), "testdata/data/seattle_weather.csv"), Options{})
	require.NoError(t, err)
	assert.Equal(t, table.Date, f.Table.Column("date").Type)
	assert.Equal(t, 1461, f.Table.Rows())

}

func TestSharedFiles(t *testing.T) {
	testdata.OnlyComputes(t)
	f, err := Read(testdata.Shared(t, "diamonds/diamonds_ggplot2_full.csv.gz"), Options{Cores: 2})
	require.NoError(t, err)
	assert.Equal(t, 53940, f.Table.Rows())
	sum := 0.0
	for _, v := range f.Table.Column("price").Num {
		sum += v
	}
	assert.InDelta(t, 3932.799722, sum/53940, 1e-6) // ggplot2's documentation: mean price 3,933
	assert.Equal(t, []string{"Fair", "Good", "Ideal", "Premium", "Very Good"}, f.Table.Column("cut").Levels)
	assert.True(t, f.Table.Column("price").Integer)

	f, err = Read(testdata.Shared(t, "resumes/resumes_it14_open.csv.gz"), Options{Cores: 2})
	require.NoError(t, err)
	assert.Equal(t, 1280, f.Table.Rows())
	assert.Equal(t, table.Text, f.Table.Column("resume").Type)
	assert.Equal(t, table.Category, f.Table.Column("label").Type)
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "1.5": 1.5, "-1.5": -1.5, "+2": 2, ".5": 0.5, "5.": 5, "1e3": 1000, "1E-3": 0.001,
		"0.1": 0.1, "123456789.123456789": 123456789.123456789, "1e22": 1e22, "1e23": 1e23, "1e-400": 0,
		"9007199254740993.0": 9007199254740992, "2.2250738585072011e-308": 2.2250738585072011e-308,
		"0.30000000000000004": 0.30000000000000004, "17976931348623157e292": math.MaxFloat64,
	} {
		v, f := parseNumber([]byte(in), '.')
		assert.True(t, f == decimal || f == deep, in)
		assert.Equal(t, math.Float64bits(want), math.Float64bits(v), in)
	}
	for in, want := range map[string]form{
		"": other, "-": other, ".": other, "e5": other, "1e": other, "1e+": other, "1.2.3": other, "1,5": other, "0x10": other,
		"1_000": other, "1 000": other, "٣": other, "−5": other, "--1": other, "nan": other, "1f": other,
		"inf": infinite, "-Inf": infinite, "Infinity": infinite, "∞": infinite, "1e309": infinite,
		"007": identifier, "00.5": identifier, "123456789.123456789": deep, "0.1000000000000000055511151231257827": decimal, "0.5000000000000000000": decimal, "9007199254740993": long, "123456789012345678901": long,
	} {
		_, f := parseNumber([]byte(in), '.')
		assert.Equal(t, want, f, in)
	}
	v, f := parseNumber([]byte("-1234,5e1"), ',')
	assert.Equal(t, decimal, f)
	assert.Equal(t, -12345.0, v)
}

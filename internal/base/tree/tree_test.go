package tree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// show writes a tree on one line, with the places of its scalars.
func show(n *Node) string {
	var parts []string
	switch n.Kind {
	case Scalar:
		mark := "'"
		if n.Plain {
			mark = ""
		}
		return fmt.Sprintf("%s%s%s@%d:%d", mark, n.Text, mark, n.Line, n.Col)
	case List:
		for _, item := range n.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case Map:
		for _, p := range n.Pairs {
			parts = append(parts, show(p.Key)+"="+show(p.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return "-"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"a: 1e-3\nb: '1'\n", "{a@1:1=1e-3@1:4 b@2:1='1'@2:4}"},
		{"{é: ü, b: no}", "{é@1:2=ü@1:5 b@1:8=no@1:11}"},
		{"a: [x, ~, {}]", "{a@1:1=[x@1:5 - {}]}"},
		{"a:\nb: null", "{a@1:1=- b@2:1=-}"},
		{"a: |\n  x\n  y\n", "{a@1:1='x\ny\n'@1:4}"},
		{"a: {s: ${params.seed}, l: [${params.x}, $${y}]}", "{a@1:1={s@1:5=${params.seed}@1:8 l@1:24=[${params.x}@1:28 $${y}@1:41]}}"},
		{"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "{a@1:1={p@1:8=1@1:11 q@1:14=2@1:17} b@2:1={q@4:3=3@4:6 p@1:8=1@1:11}}"},
		{"a: !!str 017", "{a@1:1='017'@1:9}"},
		{"\uFEFFa: 1\r\nb: 2\r\n", "{a@1:1=1@1:4 b@2:1=2@2:4}"},
		{"1: 2\ntrue: 3", "{1@1:1=2@1:4 true@2:1=3@2:7}"},
		{"", "-"},
		{"# nothing\n", "-"},
	} {
		n, err := Parse("f", []byte(c.yaml))
		require.NoError(t, err, c.yaml)
		assert.Equal(t, c.want, show(n), c.yaml)

		var files []*File
		data := Append(nil, n, &files)
		back, err := Read(string(data), files)
		require.NoError(t, err)
		assert.Equal(t, show(n), show(back))
	}
}

// A key in { } that ends at a colon without a blank is no key of YAML, and was
// read as far as the colon. Behind quotes none is needed, as in JSON.
func TestColonsInKeys(t *testing.T) {
	for yaml, want := range map[string]string{
		"labels: {12:30: t, Ideal: I}": `f:1:10: a colon without a blank behind it ends no key; found 12:30`,
		"a: {a:b: c}":                  `put the key in quotes, as in "a:b": …, or write a blank behind the colon: a: b`,
		"a: {x:1}":                     `or write a blank behind the colon: x: 1`,
		"é: {ö:1, b: {c:d}}":           `f:1:14: a colon`,
	} {
		_, err := Parse("f", []byte(yaml))
		assert.ErrorContains(t, err, want, yaml)
	}
	for yaml, want := range map[string]string{
		`{"12:30": t, 'a':1, "b":[2]}`:     "[12:30 a b]",
		"12:30: t\na:b: c\n":               "[12:30 a:b]",
		"{a: 12:30, b: http://x:80/y, c:}": "[a b c]",
		"{x:[1], y:{z: 1}, http://u: 1}":   "[x y http://u]",
	} {
		n, err := Parse("f", []byte(yaml))
		require.NoError(t, err, yaml)
		assert.Equal(t, want, fmt.Sprint(n.Keys()), yaml)
	}
}

// TestParseLarge parses files that are parted into batches, and compares with
// parsing them whole.
func TestParseLarge(t *testing.T) {
	testdata.OnlyComputes(t)
	var b strings.Builder
	b.WriteString("# large\nname: x\nbase: &base {k: v}\nstages:\n")
	for i := range 400 {
		fmt.Fprintf(&b, "  s%d: # comment\n    uses: command\n    list:\n    - a\n    - b: c\n      d: e\n", i)
		fmt.Fprintf(&b, "    text: |\n      key: value\n     \n      other: x\n    'quoted key': {flow: [1, 2], <<: *base}\n    long: several\n      lines\n")
	}
	b.WriteString("last: [1,\n  2]\n")
	text := b.String()
	n, err := Parse("f", []byte(text))
	require.NoError(t, err)
	stages, _ := n.Get("stages")
	require.Len(t, stages.Value.Pairs, 400)

	whole, err := parser.Parse(lexer.Tokenize(text), 0)
	require.NoError(t, err)
	c := converter{file: n.File, anchors: map[string]*anchored{}}
	assert.Equal(t, show(c.node(whole.Docs[0].Body, 0)), show(n))

	_, err = Parse("f", []byte(text+"}\n"))
	require.Error(t, err)
	_, err = Parse("f", []byte(strings.Replace(text, "  s200:", " s200:", 1)))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "f:2605:2: ")
}

func TestFind(t *testing.T) {
	n, err := Parse("f", []byte("a: |\n  one ${x}\n  é ${y} ${x}\n"))
	require.NoError(t, err)
	line, col := n.Pairs[0].Value.Find("${", 2)
	assert.Equal(t, "3:10", fmt.Sprintf("%d:%d", line, col))
}

func TestExcerptOfLongLine(t *testing.T) {
	f := &File{Name: "f", lines: []string{strings.Repeat("x", 500) + "é" + strings.Repeat("y", 500)}}
	lines := strings.Split(f.excerpt(1, 501), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, 'é', []rune(lines[0])[len(lines[1])-1])
	assert.Less(t, len(lines[0]), 130)
}

func TestMergeAndFormat(t *testing.T) {
	base, err := Parse("f", []byte("a: {x: 1, y: [1, 2]}\nb: two words\n"))
	require.NoError(t, err)
	over, err := Parse("f", []byte("a: {y: '3', z: true}\nc: \"text: here\"\nd: |\n  lines\n  more\n"))
	require.NoError(t, err)
	merged := Format(Merge(base, over))
	assert.Equal(t, "a: {x: 1, y: '3', z: true}\nb: two words\nc: 'text: here'\nd: |\n  lines\n  more\n", merged)
	assert.Equal(t, "a:\n  x: 1\n  y: [1, 2]\nb: two words\n", Format(base), "unchanged")
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: &x [1, *x]", "a: {b: ${c}}\n", "- - a\n", "? a\n: b", "a: !!str |\n  x", "<<: [1]", "\xff", "a: 'b\n", "*a : b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse("f", []byte(text))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		var files []*File
		back, err := Read(string(Append(nil, n, &files)), files)
		require.NoError(t, err)
		require.Equal(t, show(n), show(back))
	})
}

func FuzzRead(f *testing.F) {
	n, err := Parse("f", []byte("a: [1, {b: c}]\n"))
	require.NoError(f, err)
	var files []*File
	f.Add(string(Append(nil, n, &files)))
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := Read(s, files); err == nil {
			_ = show(n)
		}
	})
}

func TestHidePasswords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`from: "postgres://u:hunter2@h/x", refesh: 24h`, `from: "postgres://u:*******@h/x", refesh: 24h`},
		{`[postgres://u:hé/nt@r@h/x]`, `[postgres://u:*******@h/x]`},
		{`{from: 'postgres://h/x?user=u&password=hunter2&sslmode=off'}`, `{from: 'postgres://h/x?user=u&password=*******&sslmode=off'}`},
		{`host=h Password=hunter2`, `host=h Password=*******`},
		{`postgres://u@h:5432/x`, `postgres://u@h:5432/x`},
		{`see https://h:80/x, ask ada@h`, `see https://h:80/x, ask ada@h`},
		{`select 'a:b@c' as password`, `select 'a:b@c' as password`},
	} {
		assert.Equal(t, c.want, hidePasswords(c.text))
	}
	n, err := Parse("f", []byte("a: {from: postgres://u:hunter2@h/x, refesh: 1}"))
	require.NoError(t, err)
	refesh := n.Pairs[0].Value.Pairs[1].Value
	lines := strings.Split(refesh.Fault("unknown").Excerpt, "\n")
	assert.Equal(t, "   1 | a: {from: postgres://u:*******@h/x, refesh: 1}", lines[0])
	assert.Equal(t, '1', []rune(lines[0])[len(lines[1])-1])
	assert.Equal(t, `the text "postgres://u:*******@h/x"`, n.Pairs[0].Value.Pairs[0].Value.Describe())
	_, err = Parse("f", []byte("a: {from: postgres://u:hunter2@h/x, b: [1}"))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}

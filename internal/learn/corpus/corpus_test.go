package corpus

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/testdata"
)

const small = `
labels:
  cat: {weight: 3, siblings: [dog], lists: {says: [meows, "purrs {2 thing| and }"]}}
  dog: {weight: 1, siblings: cat, lists: {says: [barks]}}
topics:
  home: {lists: {thing: [sofas, chairs]}}
lists: {adverb: [softly]}
body: "The animal {says} {adverb}. {^says}, {3-5} times.\n"
`

func write(t *testing.T, o Options, cores int) []Document {
	t.Helper()
	v, err := Parse("small.yaml", []byte(small))
	require.NoError(t, err)
	docs, err := Write(v, o, cores)
	require.NoError(t, err)
	return docs
}

func options(change func(*Options)) Options {
	o := Defaults()
	o.Documents, o.Length, o.Noise = 40, []float64{60, 200}, 0
	if change != nil {
		change(&o)
	}
	return o
}

func TestWrite(t *testing.T) {
	docs := write(t, options(func(o *Options) { o.Own, o.Change = []float64{1, 1}, 0 }), 2)
	counts := map[int]int{}
	for _, d := range docs {
		counts[d.Label]++
		assert.Equal(t, d.Truth, d.Label)
		assert.Equal(t, d.Label == 1, strings.Contains(d.Text, "barks"), d.Text)
		assert.Regexp(t, `^(The animal (meows|barks|purrs (sofas|chairs)( and (sofas|chairs))?) softly\. (Meows|Barks|Purrs [a-z ]+), [345] times\.\n)+$`, d.Text)
	}
	assert.Equal(t, map[int]int{0: 30, 1: 10}, counts)
}

func TestWriteIsDeterministic(t *testing.T) {
	o := options(func(o *Options) { o.Noise = 0.2 })
	docs := write(t, o, 1)
	assert.Equal(t, docs, write(t, o, 3))
	o.Seed++
	assert.NotEqual(t, docs, write(t, o, 1))
}

// A document makes up its own names of parts from whole lists, and keeps to them.
func TestNames(t *testing.T) {
	text := strings.Replace(small, "lists: {adverb: [softly]}", `lists:
  adverb: [softly]
  start: [Al, Bo, Cy, Do, Ed, Fa, Gu]
  end: [a, ka, lo, mi, nu, ro]
names: {pet: "{start}{end}"}`, 1)
	text = strings.Replace(text, "The animal", "The animal {pet}", 1)
	v, err := Parse("small.yaml", []byte(text))
	require.NoError(t, err)
	docs, err := Write(v, options(func(o *Options) { o.Pool, o.Length = []int{2, 2}, []float64{900, 900} }), 2)
	require.NoError(t, err)
	all := map[string]bool{}
	for _, d := range docs {
		own := map[string]bool{}
		for _, m := range regexp.MustCompile(`animal (\w+)`).FindAllStringSubmatch(d.Text, -1) {
			assert.Regexp(t, "^(Al|Bo|Cy|Do|Ed|Fa|Gu)(a|ka|lo|mi|nu|ro)$", m[1])
			own[m[1]], all[m[1]] = true, true
		}
		assert.LessOrEqual(t, len(own), 2)
	}
	assert.Greater(t, len(all), 15)
}

func TestMisspell(t *testing.T) {
	const text = "wrote several stored procedures; 12345 of C++17x, and documented everything twice"
	random := rand.New(rand.NewPCG(1, 2))
	assert.Equal(t, text, misspell(text, 0, random))
	seen := map[string]bool{}
	for range 200 {
		spoilt := misspell(text, 1, random)
		assert.Regexp(t, `^w[wrote]+ ?s[several]+ ?s[stored]+ ?procedures; 12345 of C\+\+17x, and d[documented]+ ?e[everything]+ ?t[twice]+$`, spoilt)
		seen[spoilt] = true
	}
	assert.Greater(t, len(seen), 100)
	assert.Equal(t, "a b", misspell("a b", 1, random))
}

func TestNoise(t *testing.T) {
	wrong := 0
	for _, d := range write(t, options(func(o *Options) { o.Documents, o.Noise = 2000, 0.1 }), 2) {
		if d.Label != d.Truth {
			wrong++
		}
	}
	assert.InDelta(t, 200, wrong, 4*math.Sqrt(2000*.1*.9))
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"{says} {adverb}", "{says} {adverbs}", `did you mean "adverb"?`},
		{"[softly]", `["{adverb}"]`, "list adverb holds itself"},
		{"siblings: [dog]", "siblings: [dug]", `did you mean "dog"?`},
		{"{3-5}", "{5-3}", "no such range"},
		{"{3-5}", "{-}", "not understood"},
		{"dog: {weight: 1, siblings: cat, lists: {says: [barks]}}", "dog: {lists: {sais: [barks]}}", "different lists"},
		{"lists: {adverb: [softly]}", "lists: {adverb: [softly], says: [x]}", "two lists are called says"},
		{"lists: {adverb: [softly]}", "lists: {adverb: [softly]}\nnames: {adverb: [x]}", "two lists are called adverb"},
		{"[barks]", "[]", "is empty"},
		{"weight: 3", "weight: -3", "weight"},
	} {
		text := strings.Replace(small, c.from, c.to, 1)
		require.NotEqual(t, small, text, c.from)
		_, err := Parse("small.yaml", []byte(text))
		assert.ErrorContains(t, err, c.want)
	}
	o := Defaults()
	assert.ErrorContains(t, params.DecodeString("own: [0.5, 0.2]", &o), "own is not a range")
}

// The shipped vocabulary gives documents of 2 to 13 thousand characters.
func TestShippedVocabulary(t *testing.T) {
	testdata.OnlyComputes(t)
	text, err := os.ReadFile(filepath.Join(testdata.Root(), "data", "resumes.yaml"))
	require.NoError(t, err)
	v, err := Parse("resumes.yaml", text)
	require.NoError(t, err)
	require.Len(t, v.Labels, 14)
	o := Defaults()
	o.Documents, o.Length, o.Pool = 100, []float64{2800, 12500}, []int{8, 32}
	docs, err := Write(v, o, 2)
	require.NoError(t, err)
	words := map[string]bool{}
	for _, d := range docs {
		assert.Greater(t, len(d.Text), 1500)
		assert.Less(t, len(d.Text), 16000)
		assert.NotContains(t, d.Text, "{")
		for _, w := range strings.Fields(d.Text) {
			words[w] = true
		}
	}
	assert.Greater(t, len(words), 6000, "the vocabulary grows as that of real text")
}

// FuzzParse holds parsing to surviving any text, and what it takes to parsing
// again to the same.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("labels: {a: {}}\nbody: '{1-3 x|\\n}'")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse("fuzz.yaml", []byte(text))
		if err != nil {
			return
		}
		again, err := Parse("fuzz.yaml", []byte(text))
		require.NoError(t, err)
		assert.Equal(t, v, again)
	})
}

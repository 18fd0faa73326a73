package pages

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Sheets are held for an hour, the oldest give way, and one for which there is no room
// is refused.
func TestSheetsAreHeldForAWhile(t *testing.T) {
	at := time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	h := &sheets{clock: func() time.Time { return at }}
	keep := func(id string, size int) error {
		return h.keep(&sheet{id: id, pipeline: "stones", since: at, text: make([]byte, size)})
	}
	assert.NoError(t, keep("a", 10))
	at = at.Add(sheetsLast)
	assert.NotNil(t, h.find("stones", "a"))
	assert.Nil(t, h.find("wines", "a"))
	at = at.Add(time.Second)
	assert.Nil(t, h.find("stones", "a"))
	for _, id := range []string{"b", "c", "d"} {
		assert.NoError(t, keep(id, sheetsBytes/2))
	}
	assert.Nil(t, h.find("stones", "b"))
	assert.NotNil(t, h.find("stones", "c"))
	assert.NotNil(t, h.find("stones", "d"))
	assert.Equal(t, sheetsBytes, h.bytes)
	assert.ErrorContains(t, keep("e", sheetsBytes+1), "more than a page shows")
}

// The delimiter of a table is what stands before the first column that was added.
func TestDelimiterBefore(t *testing.T) {
	for line, want := range map[string]rune{
		"a,predicted_x,low_x\n1,2,3": ',', "a;predicted_x\n": ';', "a\tpredicted_x": '\t', `a|"predicted_x"`: '|', "predicted_x": ',', "": ',',
		"predicted_x;predicted_x": ';',
	} {
		assert.Equal(t, string(want), string(delimiterBefore([]byte(line), "predicted_x")), line)
	}
}

// What was sent is shown as people read it, also where it was cut.
func TestSaid(t *testing.T) {
	for kept, want := range map[string]string{
		`{"price":2757.1,"unit":"USD","interval":{"low":2400,"high":3100}}`: "price 2757.1, unit USD, interval low 2400, high 3100",
		`{"predictions":[{"price":1},{"price":null}]}`:                      "predictions price 1, price nothing",
		`[1, true, "a"]`:                   "1, true, a",
		`{"resume":"Ten years of soft`:     "resume Ten years of soft",
		"carat,cut\n1,Ideal\n":             "carat,cut 1,Ideal",
		"":                                 "",
		"\xff\x00":                         "\x00",
		`{"a":1}{"a":2}`:                   "a 1, a 2",
		`{"a":"` + string(make([]byte, 0)): "a",
		`]`:                                "]",
	} {
		assert.Equal(t, want, said([]byte(kept)), kept)
	}
}

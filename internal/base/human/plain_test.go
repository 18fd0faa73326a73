package human_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/base/human"
)

func TestWhatSteersATerminalIsShown(t *testing.T) {
	for in, want := range map[string]string{
		"Größe: 5 µm, 日本, 👩‍🔬":  "Größe: 5 µm, 日本, 👩‍🔬",
		"\x1b[31mred\x07":       `\x1b[31mred\x07`,
		"a\nb\tc\r":             `a\nb\tc\r`,
		"\xff\xc3":              `\xff\xc3`,
		"\u009b2J":              `\x9b2J`,
		"evil\u202etxt.exe":     `evil\u202etxt.exe`,
		"\x00\x7f":              `\x00\x7f`,
		"line\u2028and another": `line\u2028and another`,
	} {
		assert.Equal(t, want, human.Line(in, 0))
	}
	assert.Equal(t, "a\nb\tc\\r\\x1b", human.Text("a\nb\tc\r\x1b", 0))
}

func TestLongTextsAreCutBetweenLetters(t *testing.T) {
	assert.Equal(t, "ääää…", human.Line(strings.Repeat("ä", 10), 4))
	assert.Equal(t, "ääää", human.Line("ääää", 4))
}

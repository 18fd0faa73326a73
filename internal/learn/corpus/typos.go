package corpus

import (
	"math/rand/v2"
	"strings"
)

// misspell spoils a share of the words of five letters and more as people and
// the programs that turn their files into text do: two letters change places,
// one is missing or stands there twice, or the space behind the word is lost.
// The first letter stays.
func misspell(text string, share float64, random *rand.Rand) string {
	if share == 0 {
		return text
	}
	var out strings.Builder
	for word := range strings.SplitAfterSeq(text, " ") {
		letters := len(word) - 1
		if letters < 5 || !plain(word[:letters]) || random.Float64() >= share {
			out.WriteString(word)
			continue
		}
		at := 1 + random.IntN(letters-2)
		switch random.IntN(4) {
		case 0:
			word = word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:]
		case 1:
			word = word[:at] + word[at+1:]
		case 2:
			word = word[:at] + word[at-1:]
		default:
			word = word[:letters]
		}
		out.WriteString(word)
	}
	return out.String()
}

// plain says whether a word has but letters of English.
func plain(word string) bool {
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

package evaluation

import (
	"slices"
	"strings"

	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// beatsNothing compares the models with the best of those that guess, and says
// whether none of them is better: then nothing has been learned, whichever of
// them leads. Models that rank below a guess are named.
func (j *Judgement) beatsNothing() bool {
	guess, model := slices.Index(j.guesses, true), -1
	for i := len(j.Models) - 1; i >= 0; i-- {
		if !j.guesses[i] && !j.Models[i].Elsewhere {
			model = i
		}
	}
	if guess < 0 || model < 0 {
		return false
	}
	for i := guess + 1; i < len(j.Models); i++ {
		if i != model && !j.guesses[i] {
			j.find(checks.WorseThanGuessing, "", 0, "%s is worse than guessing: it ranks below %s by %s", j.Models[i].Stage, j.Models[guess].Stage, j.Main.Title)
		}
	}
	best, guesser := &j.Models[model], &j.Models[guess]
	if guess < model {
		words := ""
		if v := best.Versus; v != nil {
			words = " (" + strings.TrimPrefix(v.Words, "tie: ") + ")"
		}
		j.find(checks.NoBetterThanGuessing, "", 0, "no model beats guessing by %s: %s ranks below %s%s", j.Main.Title, best.Stage, guesser.Stage, words)
		return true
	}
	v := guesser.Versus
	if v == nil || v.With != best.Stage || v.Verdict != metrics.Tie || v.Words == metrics.NoInterval {
		return false
	}
	j.find(checks.NoBetterThanGuessing, "", 0, "no model beats guessing by %s: %s and %s are tied (%s)", j.Main.Title, best.Stage, guesser.Stage, strings.TrimPrefix(v.Words, "tie: "))
	return true
}

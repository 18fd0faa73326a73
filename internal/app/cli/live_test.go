package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/runner"
)

func TestLiveLine(t *testing.T) {
	began := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	l := &liveLine{name: "demo/train", started: began}
	assert.Equal(t, "⠋ demo/train  0 ms", l.text(at(0), 100))
	l.at.Expected = 5 * time.Second
	assert.Equal(t, "⠇ demo/train  1.0 s  about 4.0 s left", l.text(at(1), 100))
	advance := func(seconds float64, step string, done, total int64, unit string) {
		l.advance(runner.Event{Time: at(seconds), What: runner.StageProgress, Step: step, Done: done, Total: total, Unit: unit})
	}
	advance(0, "reading", 1234, 0, "rows")
	assert.Equal(t, "⠇ demo/train  1.0 s  1,234 rows, about 4.0 s left, reading", l.text(at(1), 100))
	advance(1, "tuning", 0, 100, "trials")
	advance(6, "tuning", 25, 100, "trials")
	assert.Equal(t, "⠋ demo/train  6.0 s  ━━━━━───────────────  25 of 100 trials, 5/s, about 15 s left, tuning", l.text(at(6), 100))
	assert.Equal(t, "⠋ demo/train  6.0 s  ━…", l.text(at(6), 24))
}

// Candidates are counted on, whatever is told of each.
func TestLiveLineOfCandidates(t *testing.T) {
	began := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	l := &liveLine{name: "demo/train", started: began}
	for i, name := range []string{"guess", "linear", "boosting"} {
		at := began.Add(time.Duration(i) * 10 * time.Second)
		l.advance(runner.Event{Time: at, What: runner.StageScored, Done: int64(i + 1), Text: name, Score: &metrics.Value{Name: "mae", Value: float64(3 - i), Unit: "USD", Better: metrics.Lower}})
		l.advance(runner.Event{Time: at, What: runner.StageProgress, Step: "tried " + name, Done: int64(i + 1), Total: 6, Unit: "candidates"})
	}
	assert.Equal(t, "⠋ demo/train  24 s  ━━━━━━━━━━──────────  3 of 6 candidates, 0.12/s, about 24 s left, tried boosting, best so far MAE 1 USD: boosting", l.text(began.Add(24*time.Second), 200))
	l.advance(runner.Event{Time: began.Add(30 * time.Second), What: runner.StageProgress, Step: "fit", Done: 1, Total: 6, Unit: "rounds"})
	assert.NotContains(t, l.text(began.Add(31*time.Second), 200), "left", "what is counted is something else")
}

func TestStarterNames(t *testing.T) {
	for in, want := range map[string]string{"House Prices (2024)": "house-prices-2024", "2024": "data-2024", "价格": "data", "a": "a"} {
		assert.Equal(t, want, slug(in))
	}
	for in, want := range map[string]string{"price": "price", "no": `"no"`, "a: b": `"a: b"`, `say "x"`: `"say \"x\""`, "": `""`, "3d": `"3d"`} {
		assert.Equal(t, want, scalar(in))
	}
}

func TestWrap(t *testing.T) {
	assert.Equal(t, []string{"aa bb", "cc"}, wrap("aa  bb\ncc", 5))
	assert.Equal(t, []string{"longer than that"[:6], "than", "that"}, wrap("longer than that", 4))
}

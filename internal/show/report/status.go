package report

import (
	"strings"

	"labbook/internal/data/record"
)

// status is how a stage or run stands, for the eye and in words: colour never
// says anything alone.
type status struct{ Class, Word, Sign string }

func statusOf(s record.Status) status {
	switch s {
	case record.Succeeded:
		return status{"ran", "ran", "✓"}
	case record.Cached:
		return status{"cached", "up to date", "≡"}
	case record.Failed:
		return status{"failed", "failed", "✕"}
	case record.Skipped:
		return status{"skipped", "skipped", "–"}
	case record.Interrupted:
		return status{"failed", "interrupted", "✕"}
	case record.Running:
		return status{"running", "running", "…"}
	}
	return status{"skipped", "not run", "–"}
}

// anchor gives the id of a stage's cell; stages' names hold no dots.
func anchor(name string) string { return "stage-" + strings.ReplaceAll(name, "/", ".") }

package report

import (
	"strings"

	"labbook/internal/ledger"
)

// status is how a stage or run stands, for the eye and in words: colour never
// says anything alone.
type status struct{ Class, Word, Sign string }

func statusOf(s ledger.Status) status {
	switch s {
	case ledger.Succeeded:
		return status{"ran", "ran", "✓"}
	case ledger.Cached:
		return status{"cached", "up to date", "≡"}
	case ledger.Failed:
		return status{"failed", "failed", "✕"}
	case ledger.Skipped:
		return status{"skipped", "skipped", "–"}
	case ledger.Interrupted:
		return status{"failed", "interrupted", "✕"}
	case ledger.Running:
		return status{"running", "running", "…"}
	}
	return status{"skipped", "not run", "–"}
}

// anchor gives the id of a stage's cell; stages' names hold no dots.
func anchor(name string) string { return "stage-" + strings.ReplaceAll(name, "/", ".") }

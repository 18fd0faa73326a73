// Package status says how runs and stages stand, in the words and signs that the
// command line, the notebook and the server's pages share.
package status

import "labbook/internal/data/record"

// Status is how something stands, for the eye and in words: colour never says
// anything alone.
type Status struct {
	Class string // of the style sheet: "ran", "cached", "failed", "skipped", "running", "warned"
	Word  string
	Sign  string
}

// OfStage says how a stage stands.
func OfStage(s record.Status) Status {
	switch s {
	case record.Succeeded:
		return Status{"ran", "ran", "✓"}
	case record.Cached:
		return Status{"cached", "up to date", "≡"}
	case record.Failed:
		return Status{"failed", "failed", "✕"}
	case record.Skipped:
		return Status{"skipped", "skipped", "–"}
	case record.Interrupted:
		return Status{"failed", "interrupted", "✕"}
	case record.Waiting: // its turn has not come
		return Status{"skipped", "waiting", "·"}
	case record.Running:
		return Status{"running", "running", "…"}
	}
	return Status{"skipped", "not run", "–"}
}

// OfRun says how a run stands.
func OfRun(r *record.Run) Status {
	switch {
	case r.Status == record.Succeeded:
		return Status{"ran", "succeeded", "✓"}
	case r.Status == record.QueuedRun:
		return Status{"skipped", "queued", "·"}
	case r.Stopped():
		return Status{"skipped", "stopped", "–"}
	}
	return OfStage(r.Status)
}

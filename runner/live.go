package runner

import (
	"labbook/internal/base/human"
	"labbook/internal/data/record"
)

// How much of a running stage's log is kept for those who watch: lines, and letters
// of each.
const (
	tailLines = 12
	tailWidth = 240
)

// Follow notes an event of a stage in what is known of it while it lives, and says
// whether it tells anything of that. Whoever shows how a stage goes, a terminal or
// the file that a server reads, notes it by this, and so knows the same.
func Follow(l *record.Live, e Event) bool {
	switch e.What {
	case StageWaiting:
		l.Wait = e.Wait
	case StageStarted:
		*l = record.Live{Expected: e.Expected, Cores: e.Cores, Attempt: e.Attempt}
	case StageProgress:
		if l.Progress == nil {
			l.Progress = &record.Progress{}
		}
		l.Progress.Advance(e.Time, e.Step, e.Done, e.Total, e.Unit)
	case StageScored:
		if l.Tried == nil {
			l.Tried = &record.Tried{}
		}
		l.Tried.Add(int(e.Done), human.Line(e.Text, tailWidth), *e.Score)
	case StageLog:
		l.Tail = append(l.Tail, human.Line(e.Text, tailWidth))
		l.Tail = l.Tail[max(0, len(l.Tail)-tailLines):]
	default:
		return false
	}
	return true
}

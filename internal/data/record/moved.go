package record

import (
	"errors"
	"fmt"
)

// Champion is the alias that serving follows.
const Champion = "champion"

// ErrBusy is why a run is not started: others are under way.
var ErrBusy = errors.New("runs are under way already")

// ErrQueueFull is why a run is not queued, and ErrEnded why it is not stopped.
var (
	ErrQueueFull = errors.New("the queue is full")
	ErrEnded     = errors.New("the run has ended already")
)

// MovedError says that an alias stood elsewhere than a compare-and-set said.
type MovedError struct {
	Model, Alias    string
	Expected, Found int // versions; 0: none
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s@%s is %s, not %s: somebody else moved it",
		e.Model, e.Alias, versionName(e.Found), versionName(e.Expected))
}

func versionName(version int) string {
	if version == 0 {
		return "unset"
	}
	return fmt.Sprintf("version %d", version)
}

package record

import (
	"fmt"
	"time"

	"labbook/internal/base/human"
)

// Freshness is how old something is of which a pipeline declares how old it may be.
type Freshness struct {
	Pipeline string        `json:"pipeline"`
	Stage    string        `json:"stage"` // that declares it
	Model    bool          `json:"model"` // a champion; else data
	What     string        `json:"what"`  // "data/2024-03.csv", "diamonds@3"; "" for nothing yet
	Since    time.Time     `json:"since,omitzero"`
	Limit    time.Duration `json:"limit"`
}

// Age is how old it is, 0 where there is nothing yet.
func (f Freshness) Age(now time.Time) time.Duration {
	if f.Since.IsZero() {
		return 0
	}
	return max(0, now.Sub(f.Since))
}

// Stale says that it is older than it may be.
func (f Freshness) Stale(now time.Time) bool { return f.Age(now) > f.Limit }

// Words say how old it is.
func (f Freshness) Words(now time.Time) string {
	of := "the data of " + f.Stage
	if f.Model {
		of = "the champion"
	}
	switch {
	case f.Since.IsZero() && f.Model:
		return "no champion yet, which may be " + human.Age(f.Limit) + " old"
	case f.Since.IsZero():
		return of + " have not come yet"
	case f.Model:
		of += " " + f.What + " is"
	default:
		of += " (" + f.What + ") are"
	}
	if f.Stale(now) {
		return fmt.Sprintf("%s %s old, more than %s", of, human.Age(f.Age(now)), human.Age(f.Limit))
	}
	return fmt.Sprintf("%s %s old, of at most %s", of, human.Age(f.Age(now)), human.Age(f.Limit))
}

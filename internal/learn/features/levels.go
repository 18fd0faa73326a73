package features

import (
	"errors"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"strconv"
	"strings"
)

// levels is what the encoders of categories share: the levels they know and
// what they do about others.
type levels struct {
	Column       string   `json:"column"`
	Levels       []string `json:"levels"`
	Unknown      string   `json:"unknown"` // error, ignore or most_frequent
	Missing      string   `json:"missing"` // level, most_frequent or ignore
	MostFrequent int      `json:"most_frequent"`
	// Rare, if above 0, says that the last of Levels stands for those that training
	// showed in fewer rows than so many, and for unknown ones.
	Rare int `json:"rare,omitempty"`

	places map[string]int // of Levels; nil where these are few
}

// fewLevels is how many levels are found as fast by comparing them all.
const fewLevels = 16

// seal makes ready what finds levels.
func (l *levels) seal() {
	if l.places != nil || len(l.Levels) <= fewLevels {
		return
	}
	l.places = make(map[string]int, len(l.Levels))
	for i := len(l.Levels) - 1; i >= 0; i-- { // the first of equal ones, whatever was decoded
		l.places[l.Levels[i]] = i
	}
}

// The codes that stand for no level.
const (
	codeMissing = -1
	codeUnknown = -2
)

// fitLevels learns the levels that occur in c, or with declared all that its
// Field lists, and which is the most frequent: the first of several.
func fitLevels(c *table.Column, o Column, declared bool) levels {
	counts := make([]int, len(c.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			counts[code]++
		}
	}
	l := levels{Column: c.Name, Levels: []string{}, Unknown: o.Unknown, Missing: o.Missing}
	most := -1
	for code, n := range counts {
		if n == 0 && !declared {
			continue
		}
		if n < o.Rare && !declared {
			l.Rare = o.Rare
			continue
		}
		if n > most {
			l.MostFrequent, most = len(l.Levels), n
		}
		l.Levels = append(l.Levels, c.Levels[code])
	}
	if l.Rare > 0 {
		l.Levels = append(l.Levels, rareLevels)
	}
	return l
}

// rareLevels is what levels of few rows are called together.
const rareLevels = "(rare)"

// manyLevels says whether the column has as many levels as are encoded by the
// target. One whose encoding is declared by its name is not asked.
func (o *Options) manyLevels(c *table.Column) bool {
	if o.Encode.TargetFrom == 0 || o.Columns[c.Name].Encode != "" {
		return false
	}
	return len(shown(c).Levels) >= o.Encode.TargetFrom
}

func (l *levels) merges() bool      { return l.Rare > 0 }
func (l *levels) source() string    { return l.Column }
func (l *levels) reads() table.Type { return table.Category }

func (l *levels) valid() error {
	if l.Rare > 0 && len(l.Levels) == 0 || l.Rare < 0 {
		return errors.New("rare levels without a level")
	}
	if l.MostFrequent < 0 || l.MostFrequent > 0 && l.MostFrequent >= len(l.Levels) {
		return fmt.Errorf("the most frequent level is number %d of %d", l.MostFrequent, len(l.Levels))
	}
	return nil
}

// codes gives the function from a code of c to a code of l, codeMissing or
// codeUnknown. Columns made with the levels of training cost nothing.
func (l *levels) codes(c *table.Column) func(int32) int {
	if slices.Equal(c.Levels, l.Levels) {
		return func(code int32) int { return int(code) }
	}
	if len(c.Codes) < len(c.Levels) {
		return func(code int32) int { return l.find(c, code) }
	}
	known := make([]int, len(c.Levels))
	for code := range known {
		known[code] = l.find(c, int32(code))
	}
	return func(code int32) int {
		if code < 0 {
			return codeMissing
		}
		return known[code]
	}
}

func (l *levels) find(c *table.Column, code int32) int {
	if code < 0 {
		return codeMissing
	}
	level := c.Levels[code]
	if l.places != nil {
		if i, ok := l.places[level]; ok {
			return i
		}
		return codeUnknown
	}
	if i := slices.Index(l.Levels, level); i >= 0 {
		return i
	}
	return codeUnknown
}

// resolve applies what is declared for a code that stands for no level: it
// gives a level's code, or one below 0 that stays missing or unknown.
func (l *levels) resolve(code int, c *table.Column, row int) (int, error) {
	if code >= 0 {
		return code, nil
	}
	code, refused := l.standIn(code)
	if refused {
		return 0, l.refuse(c, row)
	}
	return code, nil
}

// standIn gives what a code that stands for no level counts as, and whether it is
// declared to be an error.
func (l *levels) standIn(code int) (as int, refused bool) {
	if code == codeUnknown && l.Rare > 0 {
		return len(l.Levels) - 1, false
	}
	frequent := l.Unknown == "most_frequent"
	if code == codeMissing && l.Missing != "ignore" {
		frequent = l.Missing == "most_frequent"
	} else if l.Unknown == "error" {
		return code, true
	}
	if frequent && len(l.Levels) > 0 {
		return l.MostFrequent, false
	}
	return code, false
}

func (l *levels) refuse(c *table.Column, row int) error {
	known := make([]string, 0, 13)
	for _, level := range l.Levels[:min(len(l.Levels), 12)] {
		known = append(known, strconv.Quote(level))
	}
	if len(l.Levels) > 12 {
		known = append(known, "…")
	}
	e := &diag.Error{
		What:   fmt.Sprintf("row %d: column %q has a level that training did not show", row+1, l.Column),
		Found:  "a missing value",
		Wanted: "one of " + strings.Join(known, ", "),
		Hint:   "declare unknown: ignore or most_frequent in the features stage to accept it",
	}
	if code := c.Codes[row]; code >= 0 {
		e.Found = fmt.Sprintf("%q", c.Levels[code])
		if near, ok := diag.Closest(c.Levels[code], l.Levels); ok {
			e.Hint = fmt.Sprintf("did you mean %q? Or declare unknown: ignore in the features stage", near)
		}
	}
	return e
}

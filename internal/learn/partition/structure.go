package partition

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
)

// Structure says how the rows of a table belong together, and so which of them
// may be held out to judge what was learned from the others. It is declared
// once, in split, and whatever divides the rows of its parts obeys it: early
// stopping, searches, stacking, calibration, ranges, learning curves and folds.
//
// The zero Structure says that rows are independent. Its JSON form is an
// on-disk format.
type Structure struct {
	// Strata is the column in which divisions are made alike; "" is the classes
	// of a classification.
	Strata string `json:"strata,omitempty"`
	// Groups are columns; rows with equal values in them stay together.
	Groups []string `json:"groups,omitempty"`
	// Time is the column by which rows are ordered: what is held out is later
	// than what is learned from.
	Time string `json:"time,omitempty"`
	// Gap is how long before the rows held out learning ends: in seconds where
	// Time is a date, else in its own unit.
	Gap float64 `json:"gap,omitempty"`
	// Folds and Repeats say how models are judged besides the test part; 0 is
	// not declared.
	Folds   int `json:"folds,omitempty"`
	Repeats int `json:"repeats,omitempty"`
	// Together lists rows of the training part, by number, that nearly repeat
	// one another and so stay together.
	Together [][]int `json:"together,omitempty"`
}

// FileStructure is the file of a split that holds its Structure. It says nothing
// of the test part, so that other test rows are no reason to train again.
const FileStructure = "structure.json"

// OpenStructure reads the structure of a split, or of what was made of one and
// has its file. An older split tells in split.json how it was divided, but for
// its groups; what tells nothing has independent rows.
func OpenStructure(a *artifact.Artifact) (*Structure, error) {
	s, old := &Structure{}, struct{ By, Column string }{}
	if _, err := a.Blob(FileStructure); err == nil {
		if err := decode(a, FileStructure, s); err != nil {
			return nil, err
		}
		return s, s.check()
	}
	if _, err := a.Blob(FileFacts); err == nil {
		if err := decode(a, FileFacts, &old); err != nil {
			return nil, err
		}
	}
	switch old.By {
	case Stratified:
		s.Strata = old.Column
	case Time:
		s.Time = old.Column
	}
	return s, nil
}

// OpenTestStructure is OpenStructure for the rows of the test part, by their
// numbers there.
func OpenTestStructure(a *artifact.Artifact) (*Structure, error) {
	s, err := OpenStructure(a)
	if err != nil {
		return nil, err
	}
	var facts struct{ Together [][]int }
	if _, err := a.Blob(FileFacts); err == nil {
		if err := decode(a, FileFacts, &facts); err != nil {
			return nil, err
		}
	}
	s.Together = facts.Together
	return s, s.check()
}

// check says what keeps a decoded structure from being one.
func (s *Structure) check() error {
	if !(s.Gap >= 0) || s.Folds < 0 || s.Repeats < 0 {
		return errors.New("a structure of rows with a negative number")
	}
	for _, rows := range s.Together {
		if len(rows) < 2 || rows[0] < 0 || !slices.IsSorted(rows) {
			return errors.New("a structure of rows with a list that is none")
		}
	}
	return nil
}

func decode(a *artifact.Artifact, name string, into any) error {
	data, err := a.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s of %s: %w", name, a.Stage, err)
	}
	return nil
}

// Of gives the structure of a table of some of the rows, which are ascending:
// Together lists them by their new numbers.
func (s *Structure) Of(rows []int) *Structure {
	part := *s
	part.Together = nil
	for _, list := range s.Together {
		var inside []int
		for _, row := range list {
			if at, found := slices.BinarySearch(rows, row); found {
				inside = append(inside, at)
			}
		}
		if len(inside) > 1 {
			part.Together = append(part.Together, inside)
		}
	}
	return &part
}

// With gives the structure of a table with the rows of another one behind its own,
// of which it has so many.
func (s *Structure) With(rows int, other *Structure) *Structure {
	both := *s
	both.Together = slices.Clone(s.Together)
	for _, list := range other.Together {
		moved := make([]int, len(list))
		for i, row := range list {
			moved[i] = rows + row
		}
		both.Together = append(both.Together, moved)
	}
	return &both
}

// Independent says that rows are held out one by one, in any order.
func (s *Structure) Independent() bool {
	return s.Time == "" && len(s.Groups) == 0 && len(s.Together) == 0
}

// Words says in what order and company rows are held out: "at random", "groups
// of patient kept together", "forward in time by day".
func (s *Structure) Words() string {
	var parts []string
	if len(s.Groups) > 0 {
		parts = append(parts, "groups of "+strings.Join(s.Groups, " and ")+" kept together")
	}
	if s.Time != "" {
		parts = append(parts, "forward in time by "+s.Time)
	}
	if parts == nil {
		return "at random"
	}
	return strings.Join(parts, ", ")
}

// Layout gives the structure of the rows of t. The columns of the structure that
// t lacks are an error.
func (s *Structure) Layout(t *table.Table) (*Layout, error) {
	l := &Layout{rows: t.Rows()}
	if s.Strata != "" {
		c := t.Column(s.Strata)
		if c == nil {
			return nil, lacks(s.Strata)
		}
		strata, err := strataOf(c)
		if err != nil {
			return nil, err
		}
		l.stratum = strata
	}
	if s.Time != "" {
		c := t.Column(s.Time)
		if c == nil {
			return nil, lacks(s.Time)
		}
		if err := isTime(c); err != nil {
			return nil, err
		}
		l.time, l.gap, l.clock = c.Num, s.Gap, c.Field
	}
	for _, name := range s.Groups {
		if t.Column(name) == nil {
			return nil, lacks(name)
		}
	}
	if len(s.Groups) > 0 || len(s.Together) > 0 {
		l.join(s.first(t))
	}
	return l, nil
}

func lacks(column string) error {
	return fmt.Errorf("the rows are divided by %q, and there is no such column", column)
}

// first gives for each row the first row of its group, itself when it is alone.
// A row that has no value in any of the columns is alone.
func (s *Structure) first(t *table.Table) []int {
	first := make([]int, t.Rows())
	for row := range first {
		first[row] = row
	}
	root := func(row int) int {
		for first[row] != row {
			row = first[row]
		}
		return row
	}
	join := func(a, b int) {
		a, b = root(a), root(b)
		first[max(a, b)] = min(a, b)
	}
	if len(s.Groups) > 0 {
		seen := map[table.Digest]int{}
		for row, d := range table.Digests(t.Select(s.Groups...), 1) {
			if d == (table.Digest{}) {
				continue
			}
			if other, ok := seen[d]; ok {
				join(other, row)
			} else {
				seen[d] = row
			}
		}
	}
	for _, rows := range s.Together {
		for _, row := range rows[1:] {
			if rows[0] < len(first) && row < len(first) {
				join(rows[0], row)
			}
		}
	}
	for row := range first {
		first[row] = root(row)
	}
	return first
}

package formats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"labbook/internal/data/table"
)

// kinds of JSON values.
const (
	isNull = iota
	isText
	isNumber
	isTruth
	isNested
)

// member is a column while lines are read: of each row the value as it stands in
// the file, "" where there is none.
type member struct {
	name   string
	wanted bool
	values []string
	seen   [isNested + 1]int // values of each kind
	odd    int               // the row of the first value of another kind than the first
	nested int               // the line of the first that is nested
}

func (m *member) add(value string, kind, row, line int) {
	if kind == isNested && m.seen[isNested] == 0 {
		m.nested = line
	}
	before := m.kinds()
	m.seen[kind]++
	if before == 1 && m.kinds() == 2 {
		m.odd = row
	}
	if m.wanted {
		for len(m.values) < row {
			m.values = append(m.values, "")
		}
		m.values = append(m.values, value)
	}
}

// kinds counts the kinds of values.
func (m *member) kinds() (n int) {
	for _, kind := range []int{isText, isNumber, isTruth} {
		if m.seen[kind] > 0 {
			n++
		}
	}
	return n
}

func (m *member) shape() *shape {
	s := &shape{Field: table.Field{Name: m.name, Type: table.Text}, as: words}
	switch {
	case m.kinds() == 0:
		s.as = nothing
	case m.kinds() > 1:
	case m.seen[isNumber] > 0:
		s.Type, s.as = table.Number, whole
	case m.seen[isTruth] > 0:
		s.Type, s.as, s.Levels = table.Category, flag, []string{"false", "true"}
	}
	return s
}

// window makes the values of the column.
func (m *member) window(s *shape, rows int) (*window, error) {
	w := newWindow(s, rows)
	for row := range rows {
		if row >= len(m.values) || m.values[row] == "" || m.values[row] == "null" {
			w.miss(row)
			continue
		}
		switch value := m.values[row]; s.as {
		case flag:
			w.codes[row] = 0
			if value == "true" {
				w.codes[row] = 1
			}
		case whole, digits:
			if err := w.setText(row, value); err != nil {
				return nil, err
			}
		default:
			w.texts[row] = unquoted(value)
		}
	}
	return w, nil
}

// setText takes a number as it is written.
func (w *window) setText(row int, text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		w.setWhole(row, n)
		return nil
	}
	if len(text) < 400 {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			w.setBig(row, n)
			return nil
		}
	}
	if w.as == digits {
		w.texts[row] = text
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if math.IsInf(v, 0) || err != nil {
		return fmt.Errorf("%s is beyond what a number holds", text)
	}
	w.num[row] = v
	return nil
}

// unquoted gives the text of a value; one that is no string as it is written.
func unquoted(value string) string {
	if value == "" || value[0] != '"' {
		return value
	}
	inner := value[1 : len(value)-1]
	for i := range len(inner) {
		if inner[i] == '\\' {
			var text string
			if json.Unmarshal([]byte(value), &text) == nil {
				return text
			}
		}
	}
	return string([]byte(inner))
}

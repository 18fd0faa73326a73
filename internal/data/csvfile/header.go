package csvfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
)

// readHeader finds the delimiter and the names, and checks them against the
// declared columns.
func (r *reader) readHeader() error {
	r.line = 1
	for r.body < len(r.data) && (r.data[r.body] == '\n' || r.data[r.body] == '\r') {
		if r.data[r.body] == '\n' {
			r.line++
		}
		r.body++
	}
	at := r.line
	if r.Delimiter == 0 {
		r.Delimiter = findDelimiter(r.data[r.body:], r.Quote)
	}
	s := newSplitter(r.Quote, r.Delimiter, maxColumns)
	row := s.next(r.data, r.body)
	header := r.data[r.body:row.next]
	switch {
	case row.fault != fine:
		return r.problem(kindAt{row.fault, -1}, place{line: at, at: row.faulty}, nil)
	case row.count > maxColumns:
		return &diag.Error{File: r.Name, Line: at, What: fmt.Sprintf("the header has %d columns", row.count),
			Wanted: fmt.Sprintf("at most %d", maxColumns), Hint: "is it a header, and the delimiter right?"}
	case bytes.IndexByte(header, 0) >= 0:
		return r.problem(kindAt{nulByte, -1}, place{line: at, at: r.body + bytes.IndexByte(header, 0)}, nil)
	case !utf8.Valid(header):
		return r.problem(kindAt{badUTF8, -1}, place{line: at, at: r.body + invalidAt(header)}, nil)
	}
	for j := range row.count {
		name := fmt.Sprintf("field %d", j+1)
		if !r.Bare {
			name = string(bytes.TrimSpace(s.value(r.data, j)))
		}
		r.names = append(r.names, name)
	}
	if r.Bare {
		return r.matchDeclared(at)
	}
	if err := r.checkNames(at); err != nil {
		return err
	}
	r.body = row.next
	r.line = at + 1 + row.lines
	return r.matchDeclared(at)
}

// findDelimiter gives the candidate that stands most often outside quotes in
// the first line, or what can be one; of equals the first, a comma when there is none.
func findDelimiter(data []byte, quote byte) byte {
	const candidates = ",;\t|"
	const longest = 1 << 20 // no header is longer, but that of a file without lines
	data = data[:min(len(data), longest)]
	var counts [len(candidates)]int
	inside := false
	for _, b := range data {
		switch {
		case b == quote:
			inside = !inside
		case inside:
		case b == '\n':
			data = nil
		default:
			if k := strings.IndexByte(candidates, b); k >= 0 {
				counts[k]++
			}
		}
		if data == nil {
			break
		}
	}
	best := 0
	for k, n := range counts {
		if n > counts[best] {
			best = k
		}
	}
	return candidates[best]
}

// Unnamed is what the first column is called if the header gives it no name
// though it names the others, as where pandas or R wrote the names of rows.
const Unnamed = "column 1"

func (r *reader) checkNames(line int) error {
	if len(r.names) > 1 && r.names[0] == "" {
		r.names[0] = Unnamed
	}
	first := map[string]int{}
	for j, name := range r.names {
		if name == "" {
			hint := "name every column in the header"
			if j == len(r.names)-1 {
				hint = "does the header end with a delimiter too many? " + hint
			}
			return &diag.Error{File: r.Name, Line: line, What: fmt.Sprintf("column %d of %d has no name", j+1, len(r.names)), Hint: hint}
		}
		if before, twice := first[name]; twice {
			hint := "rename one of them"
			if _, f := parseNumber([]byte(name), r.Decimal); f != other {
				hint += "; if the line is a row, declare header: none"
			}
			return &diag.Error{File: r.Name, Line: line, What: fmt.Sprintf("columns %d and %d are both named %q", before+1, j+1, name), Hint: hint}
		}
		first[name] = j
	}
	return nil
}

// matchDeclared makes a column of every name, in the file's order.
func (r *reader) matchDeclared(line int) error {
	if r.Like != "" {
		if err := r.compareWith(line); err != nil {
			return err
		}
	}
	declared := map[string]*Column{}
	var missing diag.List
	for i := range r.Columns {
		c := &r.Columns[i]
		if declared[c.Name] != nil {
			panic(fmt.Sprintf("csvfile: column %q is declared twice", c.Name))
		}
		declared[c.Name] = c
		if !slices.Contains(r.names, c.Name) && !c.Optional {
			hint := diag.DidYouMean(c.Name, r.names)
			if len(r.names) == 1 {
				hint = fmt.Sprintf("the header is one field, %q: declare its delimiter", short(r.names[0]))
			}
			missing = append(missing, &diag.Error{File: r.Name, Line: line, What: fmt.Sprintf("there is no column %q", c.Name), Hint: hint})
		}
	}
	if len(missing) > 0 {
		return missing.Err()
	}
	for _, name := range r.names {
		d := declared[name]
		if d == nil && r.Rest == Refuse {
			return &diag.Error{File: r.Name, Line: line, What: fmt.Sprintf("column %q is not declared", name),
				Hint: "declare it under columns, or say rest: infer or rest: drop"}
		}
		c := &column{Column: Column{Field: table.Field{Name: name}}, point: r.Decimal}
		if d != nil {
			c.Column = *d
		}
		c.prepare(r.Missing, d == nil && r.Rest == Drop)
		r.columns = append(r.columns, c)
	}
	return nil
}

// compareWith refuses a file whose columns are not those of another one. Their
// order does not matter.
func (r *reader) compareWith(line int) error {
	var lacking, surplus, parts []string
	wanted := map[string]bool{}
	for _, c := range r.Columns {
		wanted[c.Name] = true
		if !slices.Contains(r.names, c.Name) {
			lacking = append(lacking, fmt.Sprintf("%q", c.Name))
		}
	}
	for _, name := range r.names {
		if !wanted[name] && r.Rest != Drop {
			surplus = append(surplus, fmt.Sprintf("%q", name))
		}
	}
	if lacking != nil {
		parts = append(parts, "it lacks "+strings.Join(lacking, ", "))
	}
	if surplus != nil {
		parts = append(parts, "it has besides "+strings.Join(surplus, ", "))
	}
	if parts == nil {
		return nil
	}
	hint := "make its header like the other's, or narrow the path so that it does not match"
	if len(lacking) == 1 && len(surplus) == 1 {
		hint = fmt.Sprintf("if %s is %s, rename it in the header; else narrow the path", surplus[0], lacking[0])
	}
	return &diag.Error{File: r.Name, Line: line, What: "its columns differ from those of " + r.Like + ": " + strings.Join(parts, ", "), Hint: hint}
}

// short cuts a text for a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// invalidAt gives where the first bytes are that are not UTF-8.
func invalidAt(b []byte) int {
	for i := 0; i < len(b); {
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

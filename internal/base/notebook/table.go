package notebook

import "encoding/json"

// Table is a small table of values. Every row has a value for each column.
type Table struct {
	Caption string    `json:"caption,omitempty"`
	Columns []Column  `json:"columns"`
	Rows    [][]Value `json:"rows"`
	// Best marks rows to emphasise, such as the leader's; ascending.
	Best []int `json:"best,omitempty"`
}

// Column is a column's heading. Its unit is that of all its numbers, which are
// then shown without. In JSON a column without one is its name alone.
type Column struct {
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
}

// Columns gives columns without units.
func Columns(names ...string) []Column {
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i].Name = name
	}
	return columns
}

// Row appends a row.
func (t *Table) Row(values ...Value) { t.Rows = append(t.Rows, values) }

// Numeric says whether a column is one of numbers: it has some, and no words in
// place of one or before one.
func (t *Table) Numeric(column int) bool {
	some := false
	for _, row := range t.Rows {
		switch {
		case column >= len(row) || row[column] == Value{}:
		case row[column].Number == nil || row[column].Text != "":
			return false
		default:
			some = true
		}
	}
	return some
}

// MarshalJSON is the method of json.Marshaler.
func (c Column) MarshalJSON() ([]byte, error) {
	if c.Unit == "" {
		return json.Marshal(c.Name)
	}
	type plain Column
	return json.Marshal(plain(c))
}

// UnmarshalJSON is the method of json.Unmarshaler.
func (c *Column) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &c.Name)
	}
	type plain Column
	return json.Unmarshal(data, (*plain)(c))
}

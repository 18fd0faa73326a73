package serve

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
)

// firstValue gives the value of a field in what a body holds, of several rows in the first: of
// JSON a text without its quotes, anything else as it stands; of CSV as it stands. Bodies
// are those of all routes: an object, a list of them or objects on lines, one that is
// to be saved, MLflow's forms, tensors of the Open Inference Protocol, CSV. "" is none.
func firstValue(body []byte, name string) string {
	body = bytes.TrimLeft(body, " \t\r\n\xef\xbb\xbf")
	switch {
	case len(body) == 0:
		return ""
	case body[0] != '{' && body[0] != '[':
		return firstCell(body, name)
	case body[0] == '[':
		body = body[1:]
	}
	members := membersOf(body)
	if value, ok := members[name]; ok {
		return valueText(value)
	}
	if input := membersOf(members["input"]); input != nil { // to be saved
		return valueText(input[name])
	}
	var split struct {
		Columns []string
		Data    [][]json.RawMessage
	}
	if json.Unmarshal(members["dataframe_split"], &split) == nil && len(split.Data) > 0 {
		if at := slices.Index(split.Columns, name); at >= 0 && at < len(split.Data[0]) {
			return valueText(split.Data[0][at])
		}
		return ""
	}
	var tensors []struct {
		Name string
		Data json.RawMessage
	}
	if json.Unmarshal(members["inputs"], &tensors) == nil {
		for _, tensor := range tensors {
			if tensor.Name == name && tensor.Data != nil {
				return valueText(firstOf(tensor.Data))
			}
		}
	}
	for _, form := range []string{"dataframe_records", "instances", "inputs"} {
		if rows := bytes.TrimLeft(members[form], " \t\r\n"); len(rows) > 0 {
			return valueText(firstOf(membersOf(firstOf(rows))[name]))
		}
	}
	return ""
}

// membersOf gives the members of the object that a text begins with.
func membersOf(text []byte) (members map[string]json.RawMessage) {
	if json.NewDecoder(bytes.NewReader(text)).Decode(&members) != nil {
		return nil
	}
	return members
}

// firstOf gives the first item of a list, of lists in it the first of these; what is none
// is its own first.
func firstOf(value json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	for json.Unmarshal(value, &list) == nil && len(list) > 0 {
		value, list = list[0], nil
	}
	return value
}

// firstCell gives the cell of a column in the first row of CSV, whatever stands between them.
func firstCell(text []byte, name string) string {
	for _, delimiter := range []rune{',', ';', '\t', '|'} {
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = delimiter, true, -1
		header, err := r.Read()
		if at := slices.Index(header, name); err == nil && at >= 0 {
			if row, err := r.Read(); err == nil && at < len(row) {
				return row[at]
			}
			return ""
		}
	}
	return ""
}

// valueText gives a text without its quotes, null as nothing, and anything else as it stands.
func valueText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}

package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
)

// ParseInvocation reads a request of MLflow's scoring protocol in JSON
// (https://mlflow.org/docs/latest/ml/deployment), and gives its rows, a list of
// objects: dataframe_split, dataframe_records, or inputs or instances by name.
// NaN, which Python writes of what is missing, is null. What does not fit is a
// *diag.Error.
func ParseInvocation(body []byte, most Most) ([]byte, error) {
	var asked map[string]json.RawMessage
	if err := json.Unmarshal(withoutNaN(body), &asked); err != nil {
		return nil, diag.New("the request is none of MLflow: "+err.Error(), hintInvocation)
	}
	if params, ok := asked["params"]; ok {
		var none map[string]json.RawMessage
		if json.Unmarshal(params, &none) != nil || len(none) > 0 {
			return nil, diag.New("the model takes no params", "leave them out")
		}
		delete(asked, "params")
	}
	if len(asked) != 1 {
		return nil, diag.New(fmt.Sprintf("the request holds %d members, not one", len(asked)), hintInvocation)
	}
	for form, data := range asked {
		switch form {
		case "dataframe_split":
			return split(data, most)
		case "dataframe_records":
			return records(data, most)
		case "instances", "inputs":
			if first := bytes.TrimLeft(data, " \t\r\n"); len(first) > 0 && first[0] == '{' {
				return byName(data, most)
			}
			return records(data, most)
		default:
			return nil, &diag.Error{What: "the request is of a form that is not known", Found: strconv.Quote(cut(form)), Wanted: "dataframe_split, dataframe_records, instances or inputs"}
		}
	}
	panic("protocol: a map of one member is empty")
}

const hintInvocation = `send {"dataframe_split": {"columns": […], "data": [[…]]}}`

// split reads the form that pandas calls split.
func split(data json.RawMessage, most Most) ([]byte, error) {
	var asked struct {
		Columns []string            `json:"columns"`
		Data    [][]json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &asked); err != nil {
		return nil, diag.New("dataframe_split cannot be read: "+err.Error(), hintInvocation)
	}
	if err := fits(len(asked.Data), most); err != nil {
		return nil, err
	}
	for j, name := range asked.Columns {
		if slices.Contains(asked.Columns[:j], name) {
			return nil, &diag.Error{What: "a column stands twice", Found: strconv.Quote(cut(name))}
		}
		if j >= 10_000 {
			return nil, diag.New("dataframe_split has more than 10,000 columns", "")
		}
	}
	columns := make([][]json.RawMessage, len(asked.Columns))
	for i, row := range asked.Data {
		if len(row) != len(columns) {
			return nil, &diag.Error{What: fmt.Sprintf("row %d of dataframe_split is of another length than its columns", i), Found: strconv.Itoa(len(row)), Wanted: strconv.Itoa(len(columns))}
		}
		for j, v := range row {
			columns[j] = append(columns[j], v)
		}
	}
	return rowsOf(asked.Columns, columns, len(asked.Data), most)
}

// records reads a list of objects.
func records(data json.RawMessage, most Most) ([]byte, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, diag.New("the rows are no list", hintInvocation)
	}
	for i, row := range rows {
		if row[0] != '{' {
			return nil, diag.New(fmt.Sprintf("row %d has no names", i), "send objects, or dataframe_split with the names of its columns: the model has fields, not places")
		}
	}
	return data, fits(len(rows), most)
}

// byName reads an object of lists, or of single values, by the names of fields.
func byName(data json.RawMessage, most Most) ([]byte, error) {
	var asked map[string]json.RawMessage
	if err := json.Unmarshal(data, &asked); err != nil {
		return nil, diag.New("inputs cannot be read: "+err.Error(), hintInvocation)
	}
	names := make([]string, 0, len(asked))
	for name := range asked {
		names = append(names, name)
	}
	slices.Sort(names)
	columns, n := make([][]json.RawMessage, len(names)), -1
	for j, name := range names {
		values := []json.RawMessage{asked[name]}
		if asked[name][0] == '[' {
			var err error
			if values, err = flatten(nil, asked[name], 0, most.Rows); err != nil {
				return nil, diag.New("input "+strconv.Quote(cut(name))+": "+err.Error(), "")
			}
		}
		if n >= 0 && len(values) != n {
			return nil, &diag.Error{What: "inputs are of different lengths", Found: fmt.Sprintf("%d and %d", n, len(values)), Wanted: "a value of each for every row"}
		}
		n, columns[j] = len(values), values
	}
	if err := fits(n, most); err != nil {
		return nil, err
	}
	return rowsOf(names, columns, n, most)
}

func fits(n int, most Most) error {
	switch {
	case n < 1:
		return diag.New("there are no rows", hintInvocation)
	case n > most.Rows:
		return &diag.Error{What: "too many rows", Found: strconv.Itoa(n), Wanted: fmt.Sprintf("at most %d", most.Rows)}
	}
	return nil
}

// withoutNaN writes null for NaN outside texts, and gives the same bytes where
// there is none.
func withoutNaN(body []byte) []byte {
	if !bytes.Contains(body, []byte("NaN")) {
		return body
	}
	var b bytes.Buffer
	inText := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inText && c == '\\' && i+1 < len(body):
			b.WriteByte(c)
			i++
			b.WriteByte(body[i])
			continue
		case c == '"':
			inText = !inText
		case !inText && strings.HasPrefix(string(body[i:min(len(body), i+3)]), "NaN"):
			b.WriteString("null")
			i += 2
			continue
		}
		b.WriteByte(body[i])
	}
	return b.Bytes()
}

// Predictions is MLflow's answer.
type Predictions struct {
	Predictions any `json:"predictions"`
}

// Failure is how MLflow tells of errors.
type Failure struct {
	Code    string `json:"error_code"`
	Message string `json:"message"`
}

package ledger

import (
	"embed"
	"strings"

	"labbook/internal/base/lazy"
)

// The views that people ask by SQL, one file each: what it has a row for, and its
// columns with a comment each. What they are called stays; the tables below them
// may change.
//
//go:embed view/*.sql
var viewFiles embed.FS

// View is what can be asked by SQL as if it were a table.
type View struct {
	Name    string       `json:"name"`
	Doc     string       `json:"doc"` // what it has a row for
	Columns []ViewColumn `json:"columns"`
	query   string
}

// ViewColumn is a column of a View.
type ViewColumn struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// viewNames are the views, in the order in which they are told.
var viewNames = []string{"runs", "stages", "metrics", "trials", "models", "keys", "audit", viewRequests}

// viewRequests is the view of what a server was asked, which is kept elsewhere.
const viewRequests = "requests"

// viewColumn finds a column's name and comment at the end of a line.
var viewColumn = lazy.Regexp(`(?m) as (\w+),? +-- (.*)$`)

// Views gives them with their documentation.
func Views() []View {
	views := make([]View, len(viewNames))
	for i, name := range viewNames {
		text, err := viewFiles.ReadFile("view/" + name + ".sql")
		if err != nil {
			panic("ledger: " + err.Error())
		}
		first, _, _ := strings.Cut(string(text), "\n")
		views[i] = View{Name: name, Doc: strings.TrimPrefix(first, "-- "), query: string(text)}
		for _, found := range viewColumn().FindAllStringSubmatch(string(text), -1) {
			views[i].Columns = append(views[i].Columns, ViewColumn{Name: found[1], Doc: found[2]})
		}
	}
	return views
}

// nothing gives the query of a view of that form without rows.
func (v *View) nothing() string {
	columns := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		columns[i] = "null as " + c.Name
	}
	return "select " + strings.Join(columns, ", ") + " where 1 = 0"
}

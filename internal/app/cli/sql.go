package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/data/formats"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/internal/store/ledger"
	"labbook/internal/store/output"
)

// sqlCommand answers a query over documented views of what was recorded.
func (a *app) sqlCommand() *cobra.Command {
	var to, database string
	cmd := &cobra.Command{
		Use: "sql [QUERY]", Short: "Ask runs, metrics, models and requests by SQL",
		Long: `Answer a query of SQLite's SQL, or PostgreSQL's where the runs are there, over what was recorded, and change nothing: the
views runs, stages, metrics, trials, models and requests. Without a query it lists
them with their columns. Members of JSON columns are asked for as in
params ->> 'seed'. The answer is a table, JSON with --json, or with -o a file whose
name says the form: .csv, .parquet, .jsonl, .arrow or .json.`,
		Example: `  labbook sql
  labbook sql "select run, value from metrics where metric = 'mae' order by value limit 5"
  labbook sql "select * from trials" -o trials.parquet`,
		Args: args(0, 1, "one query, in quotes"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if len(given) == 0 || strings.TrimSpace(given[0]) == "" {
				return a.listViews()
			}
			if database == "" {
				var err error
				if database, err = a.servedDatabase(); err != nil {
					return err
				}
			}
			kept, err := requestsFile(a.dir, database)
			if err != nil {
				return err
			}
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			answer, err := db.Ask(cmd.Context(), given[0], kept)
			if err != nil {
				return usage(err)
			}
			return a.answerTo(answer, to)
		},
	}
	cmd.Flags().StringVarP(&to, "output", "o", "", "the file to write; its name says the form")
	cmd.Flags().StringVar(&database, "database", "", "where requests are kept (default: where labbook serve keeps them)")
	return a.withJSON(cmd)
}

// servedDatabase gives where the server keeps requests, by the environment and
// serve.yaml.
func (a *app) servedDatabase() (string, error) {
	flags := a.serveCommand().Flags()
	if err := a.settings(flags, "serve.yaml"); err != nil {
		return "", err
	}
	return flags.Lookup("database").Value.String(), nil
}

// requestsFile gives the SQLite file that requests are kept in, or the address of the
// database that has the runs, too; "" where it is another of PostgreSQL.
func requestsFile(root, database string) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	address, err := requestsAt(root, database)
	if err != nil || filepath.IsAbs(address) {
		return address, err
	}
	if runs, err := project.Database(root); err != nil || runs != address {
		return "", err
	}
	return address, nil
}

// listViews tells what can be asked.
func (a *app) listViews() error {
	views := ledger.Views()
	if a.json {
		return a.printJSON(views)
	}
	c := a.colours(a.out)
	for i, v := range views {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "%s  %s\n", c.bold(v.Name), v.Doc)
		l := listing{titles: []string{"", ""}}
		for _, column := range v.Columns {
			l.add("  "+column.Name, column.Doc)
		}
		l.print(a.out, colours(false))
	}
	return nil
}

// answerTo prints an answer, or writes it in the form that a name says.
func (a *app) answerTo(answer *ledger.Answer, to string) error {
	switch ext := strings.ToLower(filepath.Ext(to)); {
	case to == "" && a.json:
		return writeObjects(a.out, answer)
	case to == "":
		if printAnswer(a.out, a.colours(a.out), answer); len(answer.Rows) == 0 && !a.quiet {
			fmt.Fprintln(a.err, "no row")
		}
		return nil
	case ext == ".json":
		var text bytes.Buffer
		if err := writeObjects(&text, answer); err != nil {
			return err
		}
		return a.wrote(human.Count(len(answer.Rows), "row"), to, output.WriteWhole(a.path(to), 0o666, func(w io.Writer) error { _, err := text.WriteTo(w); return err }))
	default:
		form, ok := formats.ByName(to)
		if !ok {
			return usagef("name it .csv, .parquet, .jsonl, .arrow or .json", "the name %s says no form", to)
		}
		t := tableOf(answer)
		return a.wrote(human.Count(len(answer.Rows), "row"), to, output.WriteWhole(a.path(to), 0o666, func(w io.Writer) error { return formats.Write(w, t, form) }))
	}
}

// printAnswer prints an answer as a table.
func printAnswer(w io.Writer, c colours, answer *ledger.Answer) {
	l := listing{}
	for j, name := range answer.Columns {
		if title := human.Line(name, 80); numeric(answer, j) {
			l.titles = append(l.titles, ">"+title)
		} else {
			l.titles = append(l.titles, title)
		}
	}
	for _, row := range answer.Rows {
		cells := make([]string, len(row))
		for j, v := range row {
			cells[j] = cellOf(v)
		}
		l.add(cells...)
	}
	l.print(w, c)
}

// numeric says whether a column holds numbers only.
func numeric(answer *ledger.Answer, j int) bool {
	for _, row := range answer.Rows {
		if _, text := row[j].(string); text {
			return false
		}
	}
	return true
}

func cellOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case float64:
		return human.Exact(v)
	}
	return fmt.Sprint(v)
}

// writeObjects writes an answer as a list of objects, whose members are in the
// order of the columns.
func writeObjects(w io.Writer, answer *ledger.Answer) error {
	names := unique(answer.Columns)
	var b bytes.Buffer
	b.WriteByte('[')
	for i, row := range answer.Rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  {")
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
				v = nil
			}
			value, err := json.Marshal(v)
			if err != nil {
				return err
			}
			b.Write(jsonrow.AppendString(nil, names[j]))
			b.WriteString(": ")
			b.Write(value)
		}
		b.WriteByte('}')
	}
	if len(answer.Rows) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	_, err := b.WriteTo(w)
	return err
}

// unique gives names of which none stands twice.
func unique(names []string) []string {
	taken := map[string]bool{}
	all := make([]string, len(names))
	for i, name := range names {
		for n := 2; taken[name]; n++ {
			name = names[i] + "_" + strconv.Itoa(n)
		}
		all[i], taken[name] = name, true
	}
	return all
}

// tableOf gives an answer as a table: a column is of numbers where all its values
// are, and none of them is a whole number that float64 would round; else of texts.
func tableOf(answer *ledger.Answer) *table.Table {
	columns := make([]*table.Column, len(answer.Columns))
	for j, name := range unique(answer.Columns) {
		c := &table.Column{Field: table.Field{Name: name, Type: table.Text}}
		if numbers := numbersIn(answer, j); numbers != nil {
			c.Type, c.Num = table.Number, numbers
		} else {
			c.Texts = make([]string, len(answer.Rows))
			for i, row := range answer.Rows {
				if row[j] != nil {
					c.Texts[i] = fmt.Sprint(row[j])
				}
			}
		}
		table.Observe(c, false)
		columns[j] = c
	}
	return table.New(columns...)
}

// numbersIn gives the values of a column as numbers, nil where they are not, or
// where there is none at all.
func numbersIn(answer *ledger.Answer, j int) []float64 {
	const exact = 1 << 53
	all, any := make([]float64, len(answer.Rows)), false
	for i, row := range answer.Rows {
		switch v := row[j].(type) {
		case nil:
			all[i] = math.NaN()
			continue
		case float64:
			all[i] = v
		case int64:
			if v > exact || v < -exact {
				return nil
			}
			all[i] = float64(v)
		default:
			return nil
		}
		any = true
	}
	if !any {
		return nil
	}
	return all
}

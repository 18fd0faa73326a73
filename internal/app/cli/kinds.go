package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/models"
	"labbook/stages"
)

// described is a kind or a model, as `kinds --json` prints it.
type described struct {
	Name    string         `json:"name"`
	What    string         `json:"what"` // "kind" or "model"
	Version int            `json:"version"`
	Doc     string         `json:"doc"`
	From    string         `json:"from,omitempty"`  // of a kind: what it reads, and what it makes
	Makes   string         `json:"makes,omitempty"` //
	Tasks   []string       `json:"tasks,omitempty"` // of a model
	Params  []params.Field `json:"params"`
}

// kindsCommand needs no project. Its Markdown is docs/kinds.md, so the program and
// its reference cannot disagree.
func (a *app) kindsCommand() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: "kinds [NAME]", Short: "Describe the kinds of stages and the models",
		Args: args(0, 1, "at most one kind or model"),
		RunE: func(cmd *cobra.Command, given []string) error {
			all := reference()
			if len(given) == 1 {
				var names []string
				var found []described
				for _, d := range all {
					names = append(names, d.Name)
					if d.Name == given[0] {
						found = append(found, d)
					}
				}
				if found == nil {
					return usagef(diag.DidYouMean(given[0], names), "no kind or model is called %q", given[0])
				}
				all = found
			}
			switch {
			case a.json:
				return a.printJSON(all)
			case markdown:
				writeReference(a.out, all)
			case len(given) == 1:
				a.describe(all[0])
			default:
				a.listKinds(all)
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, d := range reference() {
				names = append(names, d.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the reference as Markdown (docs/kinds.md)")
	return a.withJSON(cmd)
}

// reference describes all kinds and then all models.
func reference() []described {
	var all []described
	for _, k := range stages.All(stages.Deps{}) {
		d := described{Name: k.Name, What: "kind", Version: k.Version, Doc: k.Doc, From: k.ReadsWords(), Makes: k.MakesWords(), Params: []params.Field{}}
		if k.Params != nil {
			d.Params = params.Describe(k.Params())
		}
		all = append(all, d)
	}
	for _, s := range models.All {
		d := described{Name: s.Name, What: "model", Version: s.Version, Doc: s.Doc, Tasks: tasks(s.Tasks), Params: []params.Field{}}
		if s.Params != nil {
			d.Params = params.Describe(s.Params())
		}
		all = append(all, d)
	}
	return all
}

// tasks gives the names of tasks.
func tasks(list []metrics.Task) []string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = string(t)
	}
	return names
}

// listKinds prints a line for each kind and model: its name and the first
// sentence of its documentation.
func (a *app) listKinds(all []described) {
	c := a.colours(a.out)
	for _, what := range []string{"kind", "model"} {
		l := listing{titles: []string{what, ""}}
		for _, d := range all {
			if d.What == what {
				l.add(d.Name, params.Summary(d.Doc))
			}
		}
		l.print(a.out, c)
		fmt.Fprintln(a.out)
	}
	fmt.Fprintln(a.out, c.dim("labbook kinds NAME describes one with its parameters"))
}

// describe prints all that is known of a kind or model from its own
// declaration; nothing is kept about it elsewhere.
func (a *app) describe(d described) {
	c := a.colours(a.out)
	fmt.Fprintf(a.out, "%s  %s, version %d\n\n%s\n", c.bold(d.Name), d.What, d.Version, strings.TrimSpace(d.Doc))
	if d.From != "" {
		fmt.Fprintf(a.out, "\nreads %s\n", d.From)
		if d.Makes != "" {
			fmt.Fprintf(a.out, "makes %s\n", d.Makes)
		}
	}
	if len(d.Params) == 0 {
		return
	}
	for _, p := range d.Params {
		what := p.Type
		if p.Default != "" {
			what += ", default " + p.Default
		}
		fmt.Fprintf(a.out, "\n  %s  %s\n", c.bold(p.Path), c.dim(what))
		for _, line := range wrap(explain(p), 78) {
			fmt.Fprintln(a.out, "      "+line)
		}
	}
}

// wrap breaks a text into lines of at most width runes, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// explain is what a parameter means, with what it may be.
func explain(p params.Field) string {
	text := p.Doc
	if p.Unit != "" {
		text += " In " + p.Unit + "."
	}
	if choices := slices.DeleteFunc(slices.Clone(p.Enum), func(s string) bool { return s == "" }); len(choices) > 0 {
		text += " One of " + strings.Join(choices, ", ") + "."
	}
	if p.Range != "" {
		text += " " + strings.ToUpper(p.Range[:1]) + p.Range[1:] + "."
	}
	return text
}

// writeReference writes docs/kinds.md.
func writeReference(w io.Writer, all []described) {
	fmt.Fprint(w, "# Kinds and models\n\n"+
		"Generated by `labbook kinds --markdown` from the code; `make docs` writes it anew.\n\n"+
		"A stage says in `uses` which kind it is and in `with` what the kind's parameters are. "+
		"What any stage may say besides (`from`, `needs`, `each`, `notes`, `if`, `timeout`, `retries`, `cores`, `memory`, `env`) is in [design.md](design.md).\n")
	what := ""
	for _, d := range all {
		if d.What != what {
			what = d.What
			fmt.Fprintf(w, "\n## %ss\n", strings.ToUpper(what[:1])+what[1:])
		}
		fmt.Fprintf(w, "\n### %s\n\n%s\n", d.Name, strings.TrimSpace(d.Doc))
		if d.From != "" {
			fmt.Fprintf(w, "\nReads %s.", d.From)
			if d.Makes != "" {
				fmt.Fprintf(w, " Makes %s.", d.Makes)
			}
			fmt.Fprintln(w)
		}
		if len(d.Tasks) > 0 {
			fmt.Fprintf(w, "\nFor %s.\n", strings.Join(d.Tasks, " and "))
		}
		if len(d.Params) == 0 {
			continue
		}
		fmt.Fprint(w, "\n| parameter | type | default | meaning |\n|---|---|---|---|\n")
		for _, p := range d.Params {
			value := ""
			if p.Default != "" {
				value = "`" + pipes(p.Default) + "`"
			}
			fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", p.Path, pipes(p.Type), value, pipes(explain(p)))
		}
	}
}

// pipes keeps text from ending a cell of a Markdown table.
func pipes(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

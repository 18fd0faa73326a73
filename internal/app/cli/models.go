package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
)

// modelsCommand only groups. Models are never removed: what a person can do is
// to move the champion, or to say that a version is not to be used.
func (a *app) modelsCommand() *cobra.Command {
	return group("models", "List, show, promote, roll back, alias and retract models",
		a.modelsListCommand(), a.modelsShowCommand(), a.modelsPromoteCommand(), a.modelsRollbackCommand(), a.modelsAliasCommand(), a.modelsRetractCommand())
}

// listedModel is a line of `models list`.
type listedModel struct {
	Model    string          `json:"model"`
	Champion *record.Version `json:"champion"`
	Since    time.Time       `json:"since,omitzero"` // that it is champion
	Versions int             `json:"versions"`
}

// modelsListCommand needs the ledger alone, so that it answers where the bytes
// of models are gone.
func (a *app) modelsListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the registered models with their champions", Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			r := registry.New(db, nil)
			names, err := r.Models(cmd.Context())
			if err != nil {
				return err
			}
			list := []listedModel{}
			for _, name := range names {
				versions, err := r.Versions(cmd.Context(), name)
				if err != nil {
					return err
				}
				champion, err := r.Champion(cmd.Context(), name)
				if err != nil {
					return err
				}
				history, err := r.History(cmd.Context(), name)
				if err != nil {
					return err
				}
				list = append(list, listedModel{name, champion, registry.Since(history), len(versions)})
			}
			if a.json {
				return a.printJSON(list)
			}
			if len(list) == 0 {
				fmt.Fprintln(a.err, "no models yet: a pipeline with a register stage makes one")
				return nil
			}
			l := listing{titles: []string{"model", "champion", "estimator", "metric", "since", ">versions"}}
			for _, m := range list {
				if c := m.Champion; c != nil {
					l.add(m.Model, registry.Name(c), c.Estimator, chosenBy(c), moment(m.Since), fmt.Sprint(m.Versions))
				} else {
					l.add(m.Model, "none", "", "", "", fmt.Sprint(m.Versions))
				}
			}
			l.print(a.out, a.colours(a.out))
			return nil
		},
	}
	return a.withJSON(cmd)
}

// chosenBy writes the metric that a version was chosen by.
func chosenBy(v *record.Version) string {
	if m := primary(v); m != nil {
		return m.Name + " " + m.Format()
	}
	return ""
}

// primary gives the metric that a version was chosen by, or nil.
func primary(v *record.Version) *metrics.Value {
	for i := range v.Metrics {
		if v.Metrics[i].Name == v.Metric {
			return &v.Metrics[i]
		}
	}
	return nil
}

// shownModel is what `models show --json` prints.
type shownModel struct {
	Model    string            `json:"model"`
	Champion int               `json:"champion"` // 0: none
	Aliases  map[string]int    `json:"aliases"`  // the others
	Versions []*record.Version `json:"versions"`
	History  []record.Move     `json:"history"`
}

// modelsShowCommand shows what was recorded of a model or of one version, as it
// was recorded: the decision is that of the day on which it was made.
func (a *app) modelsShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show MODEL[@VERSION]", Short: "Show a model's versions and history, or one version",
		Args: args(1, 1, "a model, as in diamonds or diamonds@3"),
		RunE: func(cmd *cobra.Command, given []string) error {
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			r := registry.New(db, nil)
			ref, err := registry.ParseReference(given[0])
			if err != nil {
				return usage(err)
			}
			if ref.String() == given[0] { // a version or alias is named
				v, err := r.Resolve(cmd.Context(), given[0])
				if err != nil {
					return usage(err)
				}
				if a.json {
					return a.printJSON(v)
				}
				a.printVersion(v)
				return nil
			}
			m := shownModel{Model: ref.Model}
			if m.Versions, err = r.Versions(cmd.Context(), ref.Model); err != nil {
				return usage(err)
			}
			if m.History, err = r.History(cmd.Context(), ref.Model); err != nil {
				return err
			}
			if m.Champion, err = db.Alias(cmd.Context(), ref.Model, record.Champion); err != nil {
				return err
			}
			if m.Aliases, err = r.AliasesOf(cmd.Context(), ref.Model); err != nil {
				return err
			}
			if a.json {
				m.History = nonNil(m.History)
				return a.printJSON(m)
			}
			a.printModel(m)
			return nil
		},
		ValidArgsFunction: a.completeModels,
	}
	return a.withJSON(cmd)
}

// printModel prints the versions, the oldest first, and then who moved the
// champion.
func (a *app) printModel(m shownModel) {
	c := a.colours(a.out)
	versions := listing{titles: []string{"", ">version", "estimator", "metric", "registered", "run", "decision"}}
	for _, v := range m.Versions {
		mark := ""
		if v.Version == m.Champion {
			mark = "*"
		}
		decision := v.Decision
		if v.Retracted != "" {
			mark, decision = "-", "retracted: "+v.Retracted
		}
		if !v.Retired.IsZero() {
			mark, decision = "-", "retired "+v.Retired.Local().Format("2006-01-02")+"; "+decision
		}
		versions.add(mark, fmt.Sprint(v.Version), estimatorOf(v), chosenBy(v), moment(v.Created), v.Run, decision)
	}
	versions.print(a.out, c)
	for _, alias := range slices.Sorted(maps.Keys(m.Aliases)) {
		fmt.Fprintf(a.out, "%s@%s is version %d\n", m.Model, alias, m.Aliases[alias])
	}
	if len(m.History) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	history := listing{titles: []string{"when", ">from", ">to", "by", "why"}}
	for _, h := range m.History {
		from := "–"
		if h.From > 0 {
			from = fmt.Sprint(h.From)
		}
		to := "–"
		if h.To > 0 {
			to = fmt.Sprint(h.To)
		}
		history.add(moment(h.Created), from, to, h.Actor, h.Reason)
	}
	history.print(a.out, c)
}

// estimatorOf names the estimator, and the variant that it is, where that is called
// otherwise.
func estimatorOf(v *record.Version) string {
	if _, variant, ok := strings.Cut(v.Stage, "/"); ok && variant != v.Estimator {
		return v.Estimator + " (" + variant + ")"
	}
	return v.Estimator
}

// printVersion prints where a version came from and what it measured. An
// imported one has no run.
func (a *app) printVersion(v *record.Version) {
	c := a.colours(a.out)
	fmt.Fprintln(a.out, c.bold(registry.Name(v)))
	l := listing{titles: []string{"", ""}}
	l.add("  estimator", v.Estimator)
	if from := registry.ImportOf(v); from == nil {
		l.add("  trained by", fmt.Sprintf("%s of pipeline %s, run %s", v.Stage, v.Pipeline, v.Run))
	} else {
		l.add("  imported", fmt.Sprintf("from %s, %s, digest %s", from.File, from.Format, human.Short(from.Digest)))
		if from.Like != "" {
			l.add("  like", from.Like)
		}
	}
	l.add("  registered", moment(v.Created))
	l.add("  artifact", human.Short(v.Artifact))
	if v.Final != nil {
		l.add("  answers by", fmt.Sprintf("%s, %s", human.Short(v.Final.Artifact), registry.Fits(v)))
	}
	l.add("  decision", v.Decision)
	if v.Retracted != "" {
		l.add("  retracted", v.Retracted)
	}
	if !v.Retired.IsZero() {
		l.add("  retired", moment(v.Retired)+": its bytes need not be kept")
	}
	for _, m := range v.Metrics {
		l.add("  "+m.Name, m.Format())
	}
	l.print(a.out, c)
}

// modelsPromoteCommand moves the champion by compare-and-set: if another moves it
// between the look and the move, nothing happens and the person is told.
func (a *app) modelsPromoteCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "promote MODEL@VERSION", Short: "Make a version the champion",
		Args: args(1, 1, "a version, as in diamonds@3"),
		RunE: func(cmd *cobra.Command, given []string) error {
			ref, err := registry.ParseReference(given[0])
			if err != nil {
				return usage(err)
			}
			if ref.Version == 0 {
				return usagef("say which, as in "+ref.Model+"@3; `labbook models show "+ref.Model+"` lists them", "promote needs a version; found %q", given[0])
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			expected, err := p.Registry().Standing(cmd.Context(), ref.Model)
			if err != nil {
				return err
			}
			move, err := p.Registry().Promote(cmd.Context(), ref.Model, ref.Version, expected, reason, "cli")
			return a.moved(move, err)
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().StringVarP(&reason, "reason", "m", "promoted by hand", "why, for the history")
	return a.withJSON(cmd)
}

// modelsRollbackCommand takes back the last promotion that still stands; doing
// so twice goes two promotions back. Where no champion stood before, that is an
// error and nothing moves.
func (a *app) modelsRollbackCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "rollback MODEL", Short: "Give the title back to the champion before",
		Args: args(1, 1, "a model"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			move, err := p.Registry().Rollback(cmd.Context(), given[0], nil, reason, "cli")
			return a.moved(move, err)
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().StringVarP(&reason, "reason", "m", "rolled back by hand", "why, for the history")
	return a.withJSON(cmd)
}

// moved tells of a move of a champion.
func (a *app) moved(move *record.Move, err error) error {
	if err != nil {
		return usage(err)
	}
	if a.json {
		return a.printJSON(move)
	}
	if !a.quiet {
		fmt.Fprintf(a.out, "%s@%d is the champion of %s", move.Model, move.To, move.Model)
		if move.From > 0 {
			fmt.Fprintf(a.out, " (was version %d)", move.From)
		}
		fmt.Fprintln(a.out)
	}
	return nil
}

// completeModels completes the names of models.
func (a *app) completeModels(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	db, err := a.openLedger()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer db.Close()
	names, _ := registry.New(db, nil).Models(cmd.Context())
	return names, cobra.ShellCompDirectiveNoFileComp
}

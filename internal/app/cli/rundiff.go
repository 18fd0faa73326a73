package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/comparison"
)

// difference is what `runs diff --json` prints.
type difference struct {
	A       string            `json:"a"`
	B       string            `json:"b"`
	Params  []differing       `json:"params"`
	Stages  []differing       `json:"stages"` // parameters and inputs by their line in the key
	Metrics []differingMetric `json:"metrics"`
}

// differing is a line of two texts that are not the same; "" is not there.
type differing struct {
	Stage string `json:"stage,omitempty"`
	Name  string `json:"name"`
	A     string `json:"a"`
	B     string `json:"b"`
}

// differingMetric is a metric of either run. A or B is nil where that run did
// not measure it, and then there is no verdict.
type differingMetric struct {
	Stage  string         `json:"stage"`
	Metric string         `json:"metric"`
	Of     string         `json:"of,omitempty"`
	A      *metrics.Value `json:"a"`
	B      *metrics.Value `json:"b"`
	comparison.Answer
}

// runsDiffCommand compares what is recorded, and where predictions are still kept
// tells a difference from noise. Files of the project are not looked at.
func (a *app) runsDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff [A [B]]", Short: "Compare two runs: parameters, inputs and metrics side by side",
		Long: `Compare two runs. Without B, A is compared with the latest run; without both,
the run before the latest with the latest.

A metric is better or worse only where the paired difference on the same test
rows is beyond noise, and a tie where it is not. Where the two were judged on
other test rows, or the predictions are gone, they are not comparable.`,
		Args: args(0, 2, "at most two runs"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			names := []string{"latest~1", "latest"}
			copy(names, given)
			before, err := findRun(cmd, p.Ledger, names[0])
			if err != nil {
				return err
			}
			after, err := findRun(cmd, p.Ledger, names[1])
			if err != nil {
				return err
			}
			d, err := compare(p, cmd.Context(), before, after)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(d)
			}
			a.printDifference(d)
			return nil
		},
	}
	return a.withJSON(cmd)
}

// compare lists what differs between two runs, and all metrics, equal ones too:
// that nothing changed is news as well.
func compare(p *project.Project, ctx context.Context, before, after run) (difference, error) {
	d := difference{A: before.ID, B: after.ID,
		Params: nonNil(compareMaps("", before.Params, after.Params)), Stages: []differing{}, Metrics: []differingMetric{}}
	was, is := byName(before.Stages), byName(after.Stages)
	for _, name := range stageNames(before.Stages, after.Stages) {
		a, b := was[name], is[name]
		if !asked(a) || !asked(b) {
			if was, is := presence(a), presence(b); was != is {
				d.Stages = append(d.Stages, differing{name, "stage", was, is})
			}
			continue
		}
		d.Stages = append(d.Stages, compareMaps(name, keyLines(a), keyLines(b))...)
	}
	changes := record.Diff(before.Run, after.Run, before.Stages, after.Stages).Metrics
	compared, err := p.Comparer().Runs(ctx, changes, before.Stages, after.Stages)
	for _, m := range compared {
		d.Metrics = append(d.Metrics, differingMetric{m.Stage, m.Name, m.Subject, m.A, m.B, m.Answer})
	}
	return d, err
}

// asked says whether a run has a stage and came to it: one that was skipped has
// no key, and every line of the other's would differ.
func asked(s *record.Stage) bool { return s != nil && s.KeyText != "" }

// presence says that a run has a stage, "" that it has not.
func presence(s *record.Stage) string {
	if s == nil {
		return ""
	}
	return string(s.Status)
}

// stageNames gives the stages of both runs, in the order of the second, those
// that it lacks at the end.
func stageNames(before, after []*record.Stage) []string {
	var names []string
	for _, s := range append(slices.Clone(after), before...) {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// byName gives stages by their names, which are unique in a run.
func byName(stages []*record.Stage) map[string]*record.Stage {
	m := map[string]*record.Stage{}
	for _, s := range stages {
		m[s.Name] = s
	}
	return m
}

// keyLines gives the ingredients of a stage's key, label and name together.
func keyLines(s *record.Stage) map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(s.KeyText) {
		label, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, value, _ := strings.Cut(rest, " ")
		switch label {
		case "param", "env", "file", "input":
			lines[label+" "+name] = value
		case "kind":
			lines["kind"] = rest
		}
	}
	return lines
}

// compareMaps lists in order of their names what differs; "" stands for what is
// not there.
func compareMaps(stage string, before, after map[string]string) []differing {
	both := maps.Clone(after)
	if both == nil {
		both = map[string]string{}
	}
	maps.Copy(both, before)
	var list []differing
	for _, name := range slices.Sorted(maps.Keys(both)) {
		if before[name] != after[name] {
			list = append(list, differing{stage, name, before[name], after[name]})
		}
	}
	return list
}

// printDifference prints what was asked differently and what was measured.
// Whatever keeps metrics from being compared is said once, below, and not in
// every line.
func (a *app) printDifference(d difference) {
	c := a.colours(a.out)
	changed := listing{titles: []string{"stage", "what", d.A, d.B}}
	for _, p := range d.Params {
		changed.add("", "params."+p.Name, clip(p.A), clip(p.B))
	}
	for _, s := range d.Stages {
		changed.add(s.Stage, s.Name, clip(s.A), clip(s.B))
	}
	if len(changed.rows) == 0 {
		fmt.Fprintf(a.out, "%s and %s asked for the same\n", d.A, d.B)
	}
	changed.print(a.out, c)
	if len(d.Metrics) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	measured := listing{titles: []string{"stage", "metric", "of", ">" + d.A, ">" + d.B, ">difference", "verdict"}}
	var reasons []string
	for _, m := range d.Metrics {
		measured.add(m.Stage, m.Metric, m.Of, format(m.A), format(m.B), m.Signed(), string(m.Verdict))
		why := ""
		switch {
		case m.Verdict == comparison.NotComparable:
			why = string(m.Verdict) + ": " + m.Reason
		case m.On != "":
			why = m.Stage + " compares on " + m.On
		}
		if why != "" && !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
	}
	measured.print(a.out, c)
	for _, why := range reasons {
		fmt.Fprintln(a.out, why)
	}
}

// format writes a value, or that there is none.
func format(v *metrics.Value) string {
	if v == nil {
		return "–"
	}
	return v.Format()
}

// clip shortens what would make a table unreadable: digests and long texts.
func clip(text string) string {
	const most = 40
	if text == "" {
		return "–"
	}
	if len(text) == 64 && !strings.ContainsAny(text, " .") {
		return text[:12]
	}
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"labbook/internal/evaluation"
	"labbook/internal/human"
	"labbook/internal/ledger"
	"labbook/internal/metrics"
	"labbook/internal/notebook"
	"labbook/internal/registry"
	"labbook/internal/report"
	"labbook/runner"
	"labbook/runner/cache"
)

// writeReport writes a run's page to its own folder and, as the latest, to
// reports/, and gives the path to read. When nothing had to run and a page that
// is newer than the declaration stands, it is left as it is and the path is "".
// The page of a run of some stages only does not take the place of a whole one.
func (s *stores) writeReport(ctx context.Context, run *runner.RunResult) (string, error) {
	latest := filepath.Join("reports", run.Pipeline+".html")
	if run.Declared == nil { // it was not even looked at: the page is that of the run that stands
		return "", s.restoreReport(latest, run.SameAs)
	}
	if run.SameAs != "" && newer(filepath.Join(s.root, latest), filepath.Join(s.root, filepath.FromSlash(run.Declared.File))) {
		return "", nil
	}
	var page bytes.Buffer
	if err := report.Write(&page, s.page(ctx, run)); err != nil {
		return "", err
	}
	own := filepath.Join("runs", run.ID, "report.html")
	paths := []string{own, latest}
	if _, err := os.Stat(filepath.Join(s.root, latest)); err == nil && len(run.Stages) < len(run.Declared.Stages) {
		paths, latest = paths[:1], own
	}
	for _, path := range paths {
		path = filepath.Join(s.root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return "", err
		}
		if err := cache.WriteFile(path, page.Bytes()); err != nil {
			return "", err
		}
	}
	return latest, nil
}

// restoreReport puts the page of an earlier run back where the latest is, if
// none is there.
func (s *stores) restoreReport(latest, run string) error {
	latest = filepath.Join(s.root, latest)
	if _, err := os.Stat(latest); err == nil {
		return nil
	}
	page, err := os.ReadFile(filepath.Join(s.root, "runs", run, "report.html"))
	if err != nil {
		return nil // gone as well: the next run that has something to do writes one
	}
	if err := os.MkdirAll(filepath.Dir(latest), 0o777); err != nil {
		return err
	}
	return cache.WriteFile(latest, page)
}

// newer says whether a file exists and is not older than another.
func newer(file, than string) bool {
	a, err := os.Stat(file)
	if err != nil {
		return false
	}
	b, err := os.Stat(than)
	return err == nil && !a.ModTime().Before(b.ModTime())
}

// page collects what the report shows of a run.
func (s *stores) page(ctx context.Context, run *runner.RunResult) *report.Page {
	p := &report.Page{
		Pipeline: run.Pipeline, Title: run.Declared.Title, Notes: run.Declared.Notes,
		Run: report.Run{
			ID: run.ID, Status: run.Status, Started: run.Started, Took: run.Took(),
			Commit: run.Commit, Dirty: run.Dirty, Host: run.Host, Command: strings.Join(run.Command, " "),
			Error: run.Error,
		},
	}
	for _, param := range run.Declared.Params {
		p.Run.Params = append(p.Run.Params, report.Pair{Name: param.Name, Value: param.Value})
	}
	for _, name := range []string{"labbook", "go", "arch"} {
		p.Run.Versions = append(p.Run.Versions, report.Pair{Name: name, Value: run.Versions[name]})
	}
	sources := sourceFiles{root: s.root}
	for _, st := range run.Stages {
		p.Stages = append(p.Stages, s.stage(st, &sources))
	}
	model, history := s.history(ctx, run)
	p.History = history
	p.Leaderboard = s.leaderboard(ctx, run, model)
	return p
}

func (s *stores) stage(st *runner.StageResult, sources *sourceFiles) report.Stage {
	out := report.Stage{
		Name: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason, Ran: st.Ran,
		CPU: st.CPU, Memory: st.Memory, Error: st.Error,
		Notes: st.Declared.Notes, Declaration: sources.excerpt(st.Declared.File, st.Declared.Line),
		Metrics: st.Metrics, Warnings: st.Warnings, Key: st.Key, KeyText: st.KeyText, Output: st.Output,
	}
	if st.Status == ledger.Succeeded || st.Status == ledger.Failed {
		out.Took = st.Ended.Sub(st.Started)
	}
	for _, up := range st.Declared.From {
		out.From = append(out.From, up.Name)
	}
	for _, up := range st.Declared.Needs {
		out.After = append(out.After, up.Name)
	}
	if st.Cell != "" {
		if data, err := readBlob(s.cache, st.Cell); err == nil {
			out.Cell, _ = notebook.Decode(data)
		}
	}
	if st.Log != "" {
		if data, err := readBlob(s.cache, st.Log); err == nil {
			out.Log = string(data)
		}
	}
	return out
}

// output gives the bytes of a file of a stage's output, nil if it has none.
func (s *stores) output(st *runner.StageResult, name string) []byte {
	if st.Record == nil {
		return nil
	}
	for _, f := range st.Record.Files {
		if f.Name == name {
			data, _ := readBlob(s.cache, f.Digest)
			return data
		}
	}
	return nil
}

// history gives the model that the pipeline registers, and how its metric went
// over its versions.
func (s *stores) history(ctx context.Context, run *runner.RunResult) (model string, h *report.History) {
	var registered struct {
		Model  string        `json:"model"`
		Metric metrics.Value `json:"metric"`
	}
	for _, st := range run.Stages {
		if st.Kind == "register" {
			json.Unmarshal(s.output(st, "registered.json"), &registered)
		}
	}
	if registered.Model == "" {
		return "", nil
	}
	r := s.registry()
	versions, err := r.Versions(ctx, registered.Model)
	if err != nil {
		return registered.Model, nil
	}
	standing, _ := s.ledger.Alias(ctx, registered.Model, ledger.Champion)
	won := map[int]bool{}
	moves, _ := r.History(ctx, registered.Model)
	for _, m := range moves {
		won[m.To] = true
	}
	h = &report.History{Model: registered.Model, Metric: registered.Metric.Name, Unit: registered.Metric.Unit, Better: registered.Metric.Better}
	for _, v := range versions {
		if v.Version == standing {
			h.Champion = v.Metrics
		}
	}
	for _, v := range versions[max(0, len(versions)-30):] {
		for _, m := range v.Metrics {
			if m.Name == h.Metric {
				h.Points = append(h.Points, report.Point{
					Version: v.Version, Run: v.Run, Created: v.Created, Value: m.Value, Low: m.Low, High: m.High,
					Champion: won[v.Version], Standing: v.Version == standing, Decision: v.Decision,
				})
			}
		}
	}
	return registered.Model, h
}

// leaderboard gives the comparison of the pipeline's models; the last, when it
// has several.
func (s *stores) leaderboard(ctx context.Context, run *runner.RunResult, model string) *report.Leaderboard {
	var champion *ledger.Version
	if model != "" {
		champion, _ = s.registry().Champion(ctx, model)
	}
	for _, st := range slices.Backward(run.Stages) {
		if st.Kind != "evaluate" {
			continue
		}
		e, err := evaluation.Decode(s.output(st, evaluation.File))
		if err != nil || len(e.Models) == 0 {
			continue
		}
		board := &report.Leaderboard{Stage: st.Name, Primary: e.Primary, Verdict: verdict(e), How: howMeasured(e)}
		for i, m := range e.Models {
			row := report.Standing{Model: m.Stage, Estimator: m.Estimator, Metrics: m.Metrics,
				Champion: champion != nil && champion.Artifact == m.Artifact}
			if m.Versus != nil && i > 0 {
				row.Tied, row.Note = m.Versus.Verdict == metrics.Tie, m.Versus.Words
			}
			board.Rows = append(board.Rows, row)
		}
		return board
	}
	return nil
}

// verdict says who leads a leaderboard, and whether beyond noise.
func verdict(e *evaluation.Evaluation) string {
	leader := e.Leader()
	value, _ := leader.Metric(e.Primary)
	text := fmt.Sprintf("%s leads with %s", leader.Stage, measured(value))
	if v := leader.Versus; v != nil {
		text += fmt.Sprintf("; against %s: %s", v.With, v.Words)
		if v.Verdict != metrics.Tie {
			text += ", beyond noise"
		}
	}
	return text + "."
}

// howMeasured says what the leaderboard's numbers stand on.
func howMeasured(e *evaluation.Evaluation) string {
	text := "Measured on " + human.Count(e.Rows, "test row") + " that no model has seen"
	if v, ok := e.Leader().Metric(e.Primary); ok && v.Low != nil {
		text += fmt.Sprintf("; below each number its interval at %g %%, by bootstrap", 100*v.Level)
	}
	return text + "."
}

// measured writes a metric by its title: "MAE 263.4 USD [258.9, 268.1]".
func measured(v metrics.Value) string {
	if m, ok := metrics.Lookup(v.Name); ok {
		return m.Title + " " + v.Format()
	}
	return v.Name + " " + v.Format()
}

// headlines are the lines of a run's summary about its models.
func (s *stores) headlines(ctx context.Context, run *runner.RunResult) []string {
	var lines []string
	model, _ := s.history(ctx, run)
	if board := s.leaderboard(ctx, run, model); board != nil {
		lines = append(lines, strings.TrimSuffix(board.Verdict, "."))
	}
	if model != "" {
		if v, err := s.registry().Champion(ctx, model); err == nil && v != nil {
			since := "champion since " + v.Created.Local().Format(time.DateTime)
			if v.Run == run.ID {
				since = "new champion"
			}
			lines = append(lines, fmt.Sprintf("%s is the %s", registry.Name(v), since))
		}
	}
	return lines
}

// sourceFiles are the lines of declarations, each file read once.
type sourceFiles struct {
	root  string
	lines map[string][]string
}

// excerpt gives the lines of a declaration that begins on a line: up to the
// next one that is not indented deeper, without notes, shifted to the left. Of
// a variant that is its own part.
func (f *sourceFiles) excerpt(file string, line int) string {
	lines, ok := f.lines[file]
	if !ok {
		data, _ := os.ReadFile(filepath.Join(f.root, filepath.FromSlash(file)))
		lines = strings.Split(string(data), "\n")
		if f.lines == nil {
			f.lines = map[string][]string{}
		}
		f.lines[file] = lines
	}
	if line < 1 || line > len(lines) {
		return ""
	}
	depth := indentation(lines[line-1])
	notes := -1 // how deep a notes key is whose text is passed over
	kept := []string{lines[line-1][depth:]}
	for _, text := range lines[line:] {
		blank := strings.TrimSpace(text) == ""
		if !blank && indentation(text) <= depth {
			break
		}
		if notes >= 0 && (blank || indentation(text) > notes) {
			continue
		}
		notes = -1
		if strings.HasPrefix(strings.TrimSpace(text), "notes:") && indentation(text) > depth {
			notes = indentation(text)
			continue
		}
		kept = append(kept, text[min(depth, len(text)):])
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n ") + "\n"
}

func indentation(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

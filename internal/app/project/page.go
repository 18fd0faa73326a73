package project

import (
	"context"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/show/report"
	"labbook/runner"
)

// Page collects what the report shows of a run, whose stages have these cells.
func (p *Project) Page(ctx context.Context, run *runner.RunResult, cells []*notebook.Cell) *report.Page {
	page := &report.Page{
		Pipeline: run.Pipeline, Title: run.Declared.Title, Notes: run.Declared.Notes, Look: p.Look, Mutes: run.Declared.Mutes,
		Run: report.Run{
			ID: run.ID, Status: run.Status, Started: run.Started, Took: run.Took(),
			Commit: run.Commit, Dirty: run.Dirty, Host: run.Host, Command: strings.Join(run.Command, " "),
			Error: run.Error,
		},
	}
	for _, param := range run.Declared.Params {
		page.Run.Params = append(page.Run.Params, report.Pair{Name: param.Name, Value: param.Value})
	}
	for _, name := range []string{"labbook", "go", "arch"} {
		page.Run.Versions = append(page.Run.Versions, report.Pair{Name: name, Value: run.Versions[name]})
	}
	for i, st := range run.Stages {
		page.Stages = append(page.Stages, p.stage(st, cells[i]))
	}
	model, history := p.History(ctx, run)
	page.History = history
	page.Leaderboard = p.Leaderboard(ctx, run, model)
	return page
}

// stage collects what is shown of one stage. What garbage collection took, its
// log, is left out of the page rather than an error.
func (p *Project) stage(st *runner.StageResult, cell *notebook.Cell) report.Stage {
	out := report.Stage{
		Name: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason, Ran: st.Ran,
		CPU: st.CPU, Memory: st.Memory, Error: st.Error,
		Notes: st.Declared.Notes, Declaration: st.Declared.Declaration(),
		Metrics: st.Metrics, Warnings: st.Warnings, Key: st.Key, KeyText: human.Text(st.KeyText, 0), Output: st.Output,
		Cell: cell, Answer: st.Answer,
	}
	if st.Status == record.Succeeded || st.Status == record.Failed {
		out.Took = st.Ended.Sub(st.Started)
	}
	for _, up := range st.Declared.From {
		out.From = append(out.From, up.Name)
	}
	for _, up := range st.Declared.Needs {
		out.After = append(out.After, up.Name)
	}
	if st.Declared.Publish != "" && st.Record != nil && st.Error == "" {
		out.Published = st.Declared.Publish
		for _, f := range st.Record.Files {
			out.Copies = append(out.Copies, f.Name)
		}
	}
	if st.Log != "" {
		if log, err := p.Cache.OpenBlob(st.Log); err == nil {
			out.Log, _ = report.ReadLog(log)
			log.Close()
		}
	}
	return out
}

// output gives what a stage left, nil where it left nothing of that type or it
// is gone.
func (p *Project) output(st *runner.StageResult, t artifact.Type) *artifact.Artifact {
	if !st.Left(t) {
		return nil
	}
	out, err := p.Registry().Output(&st.Stage)
	if err != nil {
		return nil
	}
	return out
}

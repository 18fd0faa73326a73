package cli

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
	for _, st := range run.Stages {
		p.Stages = append(p.Stages, s.stage(st))
	}
	model, history := s.history(ctx, run)
	p.History = history
	p.Leaderboard = s.leaderboard(ctx, run, model)
	return p
}

func (s *stores) stage(st *runner.StageResult) report.Stage {
	out := report.Stage{
		Name: st.Name, Kind: st.Kind, Status: st.Status, Reason: st.Reason, Ran: st.Ran,
		CPU: st.CPU, Memory: st.Memory, Error: st.Error,
		Notes: st.Declared.Notes, Declaration: st.Declared.Declaration(),
		Metrics: st.Metrics, Warnings: st.Warnings, Key: st.Key, KeyText: human.Text(st.KeyText, 0), Output: st.Output,
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
	if st.Cell != "" {
		if data, err := readBlob(s.cache, st.Cell); err == nil {
			out.Cell, _ = notebook.Decode(data)
		}
	}
	if st.Log != "" {
		if log, err := openBlob(s.cache, st.Log); err == nil {
			out.Log, _ = report.ReadLog(log)
			log.Close()
		}
	}
	return out
}

// output gives what a stage left, nil where it left nothing of that type or it
// is gone.
func (s *stores) output(st *runner.StageResult, t artifact.Type) *artifact.Artifact {
	if !st.Left(t) {
		return nil
	}
	out, err := s.registry().Output(&st.Stage)
	if err != nil {
		return nil
	}
	return out
}

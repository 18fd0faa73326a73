package assess

import (
	"context"
	"io"

	"labbook/internal/data/record"
	"labbook/internal/show/render"
	"labbook/internal/show/report"
)

// Write writes the answer as a page that looks like that of a run. frame says when,
// where and by which command it was asked. Figures are drawn by at most cores
// goroutines.
func (a *Answer) Write(ctx context.Context, w io.Writer, frame report.Run, cores int) error {
	cell, err := a.Cell(ctx, cores)
	if err != nil {
		return err
	}
	frame.Status = record.Succeeded
	stage := report.Stage{Name: "evaluate", Kind: "evaluate", Status: record.Succeeded, Took: frame.Took, Cell: cell}
	for _, f := range a.Findings {
		if f.Level.Warns() {
			stage.Warnings = append(stage.Warnings, f)
		}
	}
	return report.Write(w, &report.Page{Pipeline: a.Models[0].Version, Title: a.Models[0].Version + " on " + a.File, Look: render.Look, Run: frame, Stages: []report.Stage{stage}})
}

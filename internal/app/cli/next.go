package cli

import (
	"context"
	"fmt"
	"strings"

	"labbook/internal/app/project"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/runner"
)

// next says to a person at a terminal what to do after a run, in one line; ""
// when there is nothing to say.
func next(ctx context.Context, p *project.Project, result *runner.Result) string {
	if failed := result.Failed(); len(failed) > 0 {
		return fmt.Sprintf("`labbook runs show %s --log %s` has all that it printed; once it is mended, `labbook run` goes on from there", failed[0].Run, failed[0].Name)
	}
	nothing := true
	var champions []string
	for _, run := range result.Runs {
		if unchanged(run) {
			continue
		}
		nothing = false
		if model, _ := p.History(ctx, run); model != "" {
			if v, err := p.Registry().Champion(ctx, model); err == nil && v != nil {
				champions = append(champions, registry.Name(v))
			}
		}
	}
	switch {
	case nothing:
		return "edit a declaration or the data and run again; `labbook run --force` runs what is up to date too"
	case len(champions) > 0:
		model, _, _ := strings.Cut(champions[0], "@")
		return fmt.Sprintf("open the report in a browser; `labbook predict %s FILE` asks the champion, and `labbook serve` answers with %s", model, strings.Join(champions, ", "))
	}
	return "open the report in a browser"
}

// unchanged says whether a run had nothing to do.
func unchanged(run *runner.RunResult) bool {
	for _, st := range run.Stages {
		if st.Status != record.Cached {
			return false
		}
	}
	return true
}

// headlines are the lines of a run's summary about its models.
func headlines(ctx context.Context, p *project.Project, run *runner.RunResult) []string {
	var lines []string
	model, _ := p.History(ctx, run)
	if board := p.Leaderboard(ctx, run, model); board != nil {
		lines = append(lines, strings.TrimSuffix(board.Verdict, "."))
	}
	if model != "" {
		if line := refused(ctx, p, model, run.ID); line != "" {
			lines = append(lines, line)
		}
		if v, err := p.Registry().Champion(ctx, model); err == nil && v != nil {
			history, _ := p.Registry().History(ctx, model)
			since := "champion since " + moment(registry.Since(history))
			if n := len(history); n > 0 && history[n-1].Actor == "run "+run.ID {
				since = "new champion"
			}
			lines = append(lines, fmt.Sprintf("%s is the %s", registry.Name(v), since))
		}
	}
	return lines
}

// refused says of the version that a run registered that it did not become
// champion, why, and what makes it so all the same; "" where there is none.
func refused(ctx context.Context, p *project.Project, model, run string) string {
	versions, err := p.Registry().Versions(ctx, model)
	if err != nil || len(versions) == 0 {
		return ""
	}
	standing, err := p.Registry().Standing(ctx, model)
	v := versions[len(versions)-1]
	if err != nil || v.Run != run || v.Version == standing {
		return ""
	}
	return fmt.Sprintf("%s is %s; all the same: labbook models promote %s", registry.Name(v), v.Decision, registry.Name(v))
}

package project

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
)

// Outputs gives the bytes of what the project's runs left.
func (p *Project) Outputs() registry.Store { return registry.StoreFunc(p.tree) }

// Output gives what a stage left, proved, by the name of the stage, with that of
// its pipeline before it where several have one: as it last succeeded, or in the
// run that is named. A name with @ is that of a version of a model: what answers
// for it.
func (p *Project) Output(ctx context.Context, name, run string) (*artifact.Artifact, error) {
	if strings.Contains(name, "@") {
		if run != "" {
			return nil, diag.New(name+" is a version of a model, and of no run", "leave --run out")
		}
		version, err := p.Registry().Resolve(ctx, name)
		if err != nil {
			return nil, err
		}
		found, err := p.Registry().Answering(version)
		if err == nil {
			found.Stage = fmt.Sprintf("%s@%d", version.Model, version.Version)
		}
		return found, err
	}
	var st *record.Stage
	var err error
	if run != "" {
		st, err = p.stageOf(ctx, run, name)
	} else {
		st, err = p.lastStage(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if st.Output == "" {
		return nil, diag.New(fmt.Sprintf("%s left nothing in run %s: it %s", st.Name, st.Run, left[st.Status]), "`labbook runs show "+st.Run+"` says why")
	}
	files, err := p.tree(st.Output)
	if err != nil {
		return nil, &diag.Error{What: fmt.Sprintf("what %s left in run %s is not kept any more", st.Name, st.Run), Hint: "`labbook run` makes it again where its data are unchanged", Err: err}
	}
	return &artifact.Artifact{Stage: st.Name, Types: st.Makes, Digest: st.Output, Files: files}, nil
}

// left says what became of a stage that left nothing.
var left = map[record.Status]string{
	record.Running: "is running", record.Failed: "failed", record.Skipped: "was skipped", record.Interrupted: "was interrupted",
	record.Succeeded: "has no output", record.Cached: "has no output",
}

// stageOf gives a stage of a run.
func (p *Project) stageOf(ctx context.Context, run, name string) (*record.Stage, error) {
	found, err := p.Ledger.FindRun(ctx, "", run)
	if err != nil {
		return nil, err
	}
	id := found.ID
	if found.SameAs != "" {
		id = found.SameAs
	}
	stages, err := p.Ledger.Stages(ctx, id)
	if err != nil {
		return nil, err
	}
	local := strings.TrimPrefix(name, found.Pipeline+"/")
	var names []string
	for _, st := range stages {
		if st.Name == name || st.Name == local {
			return st, nil
		}
		names = append(names, st.Name)
	}
	return nil, noStage(fmt.Sprintf("run %s has no stage %q", found.ID, name), local, names)
}

// lastStage gives a stage as it last succeeded, in the only pipeline that has one
// of that name.
func (p *Project) lastStage(ctx context.Context, name string) (*record.Stage, error) {
	pipelines, err := p.Ledger.Pipelines(ctx)
	if err != nil {
		return nil, err
	}
	var found *record.Stage
	var owners, known []string
	for _, pipeline := range pipelines {
		local := strings.TrimPrefix(name, pipeline+"/")
		last, err := p.Ledger.LastStages(ctx, pipeline, local)
		if err != nil {
			return nil, err
		}
		if st := last[local]; st != nil {
			owners, found = append(owners, pipeline), st
			continue
		}
		all, err := p.Ledger.LastStages(ctx, pipeline)
		if err != nil {
			return nil, err
		}
		for stage := range all {
			if known = append(known, stage); len(pipelines) > 1 {
				known = append(known, pipeline+"/"+stage)
			}
		}
	}
	switch {
	case len(owners) > 1:
		return nil, diag.New(fmt.Sprintf("%q is in the pipelines %s", name, diag.Names(owners)), fmt.Sprintf("say which: %s/%s", owners[0], name))
	case found != nil:
		return found, nil
	case len(pipelines) == 0:
		return nil, diag.New("nothing has run yet", "`labbook run` makes the first outputs")
	}
	slices.Sort(known)
	return nil, noStage(fmt.Sprintf("no stage %q has left anything", name), name, known)
}

// noStage says that there is no stage of a name, and which may be meant: its
// variants, or one that is called nearly so.
func noStage(what, name string, known []string) error {
	variants := slices.DeleteFunc(slices.Clone(known), func(s string) bool { return !strings.HasPrefix(s, name+"/") })
	if len(variants) > 0 {
		return diag.New(what, "say which: "+diag.Names(variants))
	}
	return diag.New(what, diag.DidYouMean(name, known))
}

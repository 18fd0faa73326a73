package runner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/runner/pipeline"
)

// task is a stage with what an execution or a plan learns of it.
type task struct {
	*pipeline.Stage
	pipeline  *pipeline.Pipeline
	from      []*task // as Stage.From
	needs     []*task
	followers []*task // each once
	follows   int     // how many it follows, each once
	last      *record.Stage
	expected  time.Duration // 0: not known
	priority  float64       // seconds to the pipeline's end from here
}

// graph gives the tasks for the stages chosen, each after those it follows.
func graph(project *pipeline.Project, chosen map[*pipeline.Stage]bool) []*task {
	var tasks []*task
	of := map[*pipeline.Stage]*task{}
	for _, p := range project.Pipelines {
		for _, s := range p.Stages {
			if !chosen[s] {
				continue
			}
			t := &task{Stage: s, pipeline: p}
			follow := func(up []*pipeline.Stage) []*task {
				list := make([]*task, len(up))
				for i, u := range up {
					list[i] = of[u]
					if f := of[u].followers; len(f) == 0 || f[len(f)-1] != t {
						of[u].followers = append(f, t)
						t.follows++
					}
				}
				return list
			}
			t.from, t.needs = follow(s.From), follow(s.Needs)
			of[s] = t
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// Select gives the stages that these names stand for, with all that they read
// or need. A name is a stage ("train/linear"), a group of variants ("train"),
// a pipeline, or one of these behind a pipeline's name ("diamonds/train").
// Without names it is all stages.
func Select(project *pipeline.Project, wanted []string) (map[*pipeline.Stage]bool, error) {
	chosen := map[*pipeline.Stage]bool{}
	var choose func(*pipeline.Stage)
	choose = func(s *pipeline.Stage) {
		if chosen[s] {
			return
		}
		chosen[s] = true
		for _, up := range s.From {
			choose(up)
		}
		for _, up := range s.Needs {
			choose(up)
		}
	}
	if len(wanted) == 0 {
		for _, p := range project.Pipelines {
			for _, s := range p.Stages {
				chosen[s] = true
			}
		}
		return chosen, nil
	}
	for _, name := range wanted {
		stages, err := Find(project, name)
		if err != nil {
			return nil, err
		}
		for _, s := range stages {
			choose(s)
		}
	}
	return chosen, nil
}

// Find gives the stages that a name stands for; see Select. It is an error if
// there is none, or if several pipelines have one.
func Find(project *pipeline.Project, name string) ([]*pipeline.Stage, error) {
	var found []*pipeline.Stage
	var owners, known []string
	for _, p := range project.Pipelines {
		if p.Name == name {
			return p.Stages, nil
		}
		local, qualified := strings.CutPrefix(name, p.Name+"/")
		var own []*pipeline.Stage
		for _, s := range p.Stages {
			known = append(known, s.Name)
			if s.Name == name || s.Group == name || qualified && (s.Name == local || s.Group == local) {
				own = append(own, s)
			}
		}
		if len(own) > 0 {
			owners, found = append(owners, p.Name), own
		}
	}
	switch len(owners) {
	case 1:
		return found, nil
	case 0:
		return nil, diag.New(fmt.Sprintf("there is no stage %q", name), diag.DidYouMean(name, known))
	}
	return nil, diag.New(fmt.Sprintf("%q is in the pipelines %s", name, names(owners)),
		fmt.Sprintf("say which: %s/%s", owners[0], name))
}

// recall fills in what the ledger knows of the tasks. What it cannot tell only
// costs reasons and order.
func recall(ctx context.Context, l Ledger, tasks []*task) {
	if l == nil {
		return
	}
	byPipeline := map[*pipeline.Pipeline][]*task{}
	for _, t := range tasks {
		byPipeline[t.pipeline] = append(byPipeline[t.pipeline], t)
	}
	for p, own := range byPipeline {
		last, err := l.LastStages(ctx, p.Name)
		if err != nil {
			continue
		}
		var lacking []string
		for _, t := range own {
			if t.last = last[t.Name]; t.last == nil {
				lacking = append(lacking, t.Name)
			}
		}
		if len(lacking) > 0 {
			if last, err = l.LastStages(ctx, p.Name, lacking...); err == nil {
				for _, t := range own {
					if t.last == nil {
						t.last = last[t.Name]
					}
				}
			}
		}
		took, _ := l.Durations(ctx, p.Name)
		for _, t := range own {
			t.expected = took[t.Name]
		}
	}
	for i := len(tasks) - 1; i >= 0; i-- {
		t := tasks[i]
		for _, f := range t.followers {
			t.priority = max(t.priority, f.priority)
		}
		t.priority += max(t.expected.Seconds(), 0.001)
	}
}

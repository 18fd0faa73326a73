package stages

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/show/judged"
	"labbook/models/bundle"
	"labbook/models/training"
	"labbook/runner/stage"
)

// evaluate judges trained models on the test part.
func evaluate() stage.Kind {
	return stage.Kind{
		Name:    "evaluate",
		Version: 17,
		Doc: `Judges trained models on the untouched test part: metrics with bootstrap intervals, a leaderboard that calls ties ties, and where the leader errs.

It reads the split and every train stage to be compared, and stages of kind predictions, whose answers are compared with those of the models. All models are measured on the same resamples of the same rows, so that their differences are paired.
Where the split declares folds, or the test part has fewer than 100 rows, is not the latest in time and models are made quickly, they
are judged by (repeated) folds of all rows instead: made again, features, search and all, of the others, and asked about those held out.
Where the split says that rows belong together, whole groups are resampled, and blocks of what follows one another in time.
Where the table gives a reason for a stricter split than the declared one (rows that repeat the things a column names, an order in
time), the leader is fitted again under it, and both figures are told.
Where no model beats guessing, as the dummy does, that is a warning. So is what gives the target away; where it does beyond doubt it is an error, which keeps the leader from becoming champion by itself.`,
		Params: func() any { o := evaluation.Defaults(); return &o },
		Reads:  []stage.Port{stage.One(artifact.Split), stage.Some(1, artifact.Model), stage.Some(0, artifact.Answers)},
		Makes:  []artifact.Type{artifact.Evaluation, artifact.Predictions},
		Cores:  func(_ any, available int) int { return available },
		Run:    runEvaluate,
		Show: func(s *stage.Shown) error {
			j, err := evaluation.OpenJudgement(s.Out)
			if err != nil {
				return err
			}
			return judged.Show(s, j, s.Cell, s.Cores)
		},
		ShowVersion: 5,
	}
}

// runEvaluate reads a split and models trained on it, in the order in which the
// stage names them, and leaves the judgement (evaluation.json), what was said
// of each test row (predictions.arrow), the files of the split, and the bundles
// judged, as models/STAGE, so that whoever reads the evaluation needs nothing
// else. These are links, not copies. Every metric of every model is measured,
// with the stage that trained it as subject. Models of different targets, tasks
// or classes are an error: they belong into stages of their own.
func runEvaluate(c *stage.Context) error {
	split, err := c.The(artifact.Split)
	if err != nil {
		return err
	}
	trained := c.Of(artifact.Model)
	o := stage.Params[evaluation.Options](c)
	k, err := newCase(split, trained, c.Of(artifact.Answers), o.Seed)
	if err != nil {
		return err
	}
	j, err := evaluation.Judge(c, k, *o, c.Cores(), func(step string) { c.Progress(step, 0, 0, "") })
	if err != nil {
		return err
	}
	for _, m := range j.Models {
		for _, v := range m.Metrics {
			v.Subject = m.Stage
			c.Metric(v)
		}
		if m.Coverage != nil {
			for _, v := range m.Coverage.Values(j.Unit) {
				v.Subject = m.Stage
				c.Metric(v)
			}
		}
		if m.Decision != nil {
			for _, v := range m.Decision.Values() {
				v.Subject = m.Stage
				c.Metric(v)
			}
		}
		c.Logf("%s: %s", m.Stage, words(m))
	}
	for _, f := range j.Findings {
		if f.Level.Warns() {
			c.Warn(f)
		}
	}
	return keep(c, j, split, trained)
}

// words is a line of the log.
func words(m evaluation.Model) string {
	var parts []string
	for _, v := range m.Metrics {
		parts = append(parts, v.Name+" "+v.Format())
	}
	if m.Versus != nil {
		parts = append(parts, m.Versus.Words+" than "+m.Versus.With)
	}
	return strings.Join(parts, ", ")
}

// keep writes the files of the output.
func keep(c *stage.Context, j *evaluation.Judgement, split *artifact.Artifact, trained []*artifact.Artifact) error {
	data, err := j.Encode()
	if err != nil {
		return err
	}
	if err := c.WriteFile(evaluation.File, data); err != nil {
		return err
	}
	if err := keepTable(c, evaluation.FilePredictions, j.Predictions()); err != nil {
		return err
	}
	test, err := table.BlobOf(split, partition.FileTest)
	if err != nil {
		return err
	}
	c.Link(test, evaluation.FileTest)
	train, err := table.BlobOf(split, partition.FileTrain)
	if err != nil {
		return err
	}
	c.Link(train, evaluation.FileTrain)
	for _, name := range []string{partition.FileStructure, partition.FileFacts} {
		if blob, err := split.Blob(name); err == nil { // older splits lack the one
			c.Link(blob, name)
		}
	}
	for _, in := range trained {
		for _, blob := range in.Files {
			if slices.Contains(bundle.Files(), blob.Name) {
				c.Link(blob, folder(in)+"/"+blob.Name)
			}
		}
	}
	return nil
}

// folder is where the bundle of a candidate stands in the output.
func folder(in *artifact.Artifact) string { return "models/" + in.Stage }

// newCase reads the test part, the bundles and what was predicted elsewhere, and
// checks that they answer the same question.
func newCase(split *artifact.Artifact, trained, elsewhere []*artifact.Artifact, seed uint64) (evaluation.Case, error) {
	var k evaluation.Case
	test, err := table.BlobOf(split, partition.FileTest)
	if err != nil {
		return k, err
	}
	if k.Test, err = partition.Test(split); err != nil {
		return k, err
	}
	if k.Structure, err = partition.OpenTestStructure(split); err != nil {
		return k, err
	}
	k.Digest = test.Digest
	k.Train = func() (*table.Table, error) { return partition.Train(split) }
	var makers []maker
	open := sync.OnceValues(func() (*whole, error) { return openWhole(split, &k, makers[0].Features) })
	shared := map[string]*features.Features{} // by their digest: a vocabulary is large
	for _, in := range trained {
		b, err := bundle.Open(in)
		if err != nil {
			return k, err
		}
		made := cmp.Or(b.Lineage["features"], in.Digest)
		if shared[made] == nil {
			shared[made] = b.Features
		}
		b.Features = shared[made]
		f := b.Features
		if k.Candidates == nil {
			k.Task, k.Target, k.Classes, k.Outcome = f.Task, f.Target, f.Classes, f.Outcome
			if err := outcomes(&k, f); err != nil {
				return k, err
			}
		}
		if f.Task != k.Task || f.Target.Name != k.Target.Name || !slices.Equal(f.Classes, k.Classes) {
			return k, &diag.Error{What: fmt.Sprintf("%s and %s answer different questions", trained[0].Stage, in.Stage),
				Found:  fmt.Sprintf("%s of %s and %s of %s", k.Task, k.Target.Name, f.Task, f.Target.Name),
				Wanted: "one target, task and set of classes", Hint: "evaluate them in stages of their own"}
		}
		candidate := training.Candidate(in.Stage, b)
		candidate.Folder, candidate.Artifact = folder(in), in.Digest
		declared, err := training.OpenDeclared(in)
		if err != nil {
			return k, err
		}
		if candidate.Refit, err = refitter(declared, b, split); err != nil {
			return k, err
		}
		m := maker{b, in.Stage, declared}
		makers = append(makers, m)
		if declared != nil {
			candidate.Strictly = func(ctx context.Context, strict *partition.Structure, cores int) (*evaluation.Strict, error) {
				all, err := open()
				if err != nil {
					return nil, err
				}
				return all.strictly(ctx, m, strict, cores)
			}
		}
		candidate.Alone = func(ctx context.Context, train *table.Table, column string, cores int) (evaluation.Predict, error) {
			predict, err := training.Alone(ctx, b, train, column, cores)
			return training.Said(predict), err
		}
		candidate.Strong = func(ctx context.Context, train *table.Table, cores int) (evaluation.Predict, error) {
			predict, err := training.Strong(ctx, b, train, cores)
			return training.Said(predict), err
		}
		candidate.Apart = func(ctx context.Context, train, test *table.Table, cores int) (*metrics.Sample, error) {
			return training.Apart(ctx, b, train, test, cores)
		}
		k.Candidates = append(k.Candidates, candidate)
	}
	for _, in := range elsewhere {
		said, err := evaluation.OpenAnswers(in)
		if err != nil {
			return k, err
		}
		candidate, err := said.Candidate(&k, in.Stage, in.Digest)
		if err != nil {
			return k, err
		}
		k.Candidates = append(k.Candidates, candidate)
	}
	if len(elsewhere) > 0 {
		return k, nil // of folds nothing was said
	}
	k.Folds, err = foldsOf(&k, open, makers, seed)
	return k, err
}

// outcomes finds the rows whose outcome is known, and what is drawn of them.
func outcomes(k *evaluation.Case, f *features.Features) error {
	actual, err := f.Outcome(k.Test)
	if err != nil {
		return err
	}
	for i, y := range actual {
		if !math.IsNaN(y) {
			k.Rows, k.Actual = append(k.Rows, i), append(k.Actual, y)
		}
	}
	layout, err := k.Structure.Layout(k.Test)
	if err != nil {
		return err
	}
	k.Units = layout.Take(k.Rows).Units()
	return nil
}

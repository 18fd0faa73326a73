package stages

import (
	"os"
	"slices"
	"strconv"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/learn/partition"
	"labbook/internal/learn/tune"
	"labbook/models/bundle"
	"labbook/models/estimator"
	"labbook/models/training"
	"labbook/runner/stage"
)

// train fits models. Trials of searches are kept in kept, if it is not nil.
func train(kept Trials) stage.Kind {
	return stage.Kind{
		Name:    "train",
		Version: 16,
		Doc: `Fits a model to the features, and bundles it with all that is needed to use it.

It reads features, or a split, of which it then makes features of its own. The bundle holds the schema, the fitted features,
the estimator, the target's transform and the lineage. Whatever is held out on the way, to stop early, to search, to find
ranges, is held out as the split declares that rows belong together, and the features are fitted again to the other rows.
What an estimator holds out within its own fit (the folds of an ensemble that stacks, the calibration of linear-svm) obeys
the split as well, but sees the features of all the rows that it is fitted to. With tune, the
estimator's parameters are searched for first: by the Tree-structured Parzen estimator, at random or over a grid, judged
inside the training part only. The parameters as declared are tried too, and stay if no trial beats them. The search
gives the same result whatever the number of cores: each trial knows of those that were done when it would begin with
` + "`parallel`" + ` of them under way, and of no other. A killed search goes on from its finished trials.
With quality it chooses the models itself: candidates of several families, each on features that suit it, are judged on the same
rows held out; their predictions there are weighed by greedy selection (Caruana and others, "Ensemble selection from libraries of
models", ICML 2004), with a guess among them, which shrinks what is learned where there is little to learn; and the weighted mean
is fitted to all rows with the rounds that were found. What it says of a row held out is judged with weights that other folds gave.
A model that stopped early in validation is fitted to the whole training part with as many rounds as it had, or their mean
over the folds; so is each member of an ensemble.
What was said of rows held out stays in heldout.arrow: row (0-based place in the training part), fold, actual, predicted, of classes
the probability of each by its number, and what each member of a weighted mean said (predicted/0, and so on).`,
		Params:    func() any { return training.Defaults() },
		Reads:     []stage.Port{stage.One(artifact.Features, artifact.Split)},
		Makes:     []artifact.Type{artifact.Model},
		Anonymous: true,
		Columns:   trainColumns,
		Parts:     func(v any) []params.Line { return versions(v.(*training.Options).Specs()...) },
		Cores: func(v any, available int) int {
			if v.(*training.Options).Parallel() {
				return available
			}
			return 1
		},
		Files: func(v any) []string {
			needed, wanted := v.(*training.Options).Files()
			for _, path := range wanted {
				needed = append(needed, stage.Optional(path))
			}
			return needed
		},
		Tools: func(v any) (tools []stage.Tool) {
			for _, t := range v.(*training.Options).Tools() {
				tools = append(tools, stage.Tool(t))
			}
			return tools
		},
		Run: func(c *stage.Context) error { return runTrain(c, kept) },

		Show: showTraining, ShowVersion: 6,
	}
}

// versions gives the versions of estimators as they stand in a key.
func versions(specs ...*estimator.Spec) []params.Line {
	var lines []params.Line
	for _, s := range specs {
		line := params.Line{Path: s.Name + ".version", Value: strconv.Itoa(s.Version)}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// trainColumns implements stage.Kind.Columns: what is known of a split is known of
// the columns that its features are made of.
func trainColumns(a *stage.Ahead) (stage.Columns, error) {
	o := a.Params.(*training.Options)
	columns := a.Table(partition.FileTrain)
	switch {
	case columns == nil:
		return nil, nil
	case o.Features == nil:
		return nil, noFeatures()
	}
	return nil, params.Within("features", o.Features.CheckColumns(columns))
}

// noFeatures is the fault of a train stage that reads a split and is not told
// how to make features.
func noFeatures() error {
	return params.Fault("features", "train reads a split, and nothing says how features are made of it", "",
		"add features: {target: NAME} with the parameters of the kind features, or read a features stage")
}

// trainSource gives what is learned from: the output of a features stage, or
// features of its own of a split.
func trainSource(c *stage.Context) (*training.Source, error) {
	in, o := c.Inputs()[0], stage.Params[training.Options](c).Features
	switch split := in.Is(artifact.Split); {
	case split && o == nil:
		return nil, noFeatures()
	case !split && o != nil:
		return nil, params.Fault("features", "train reads features that are made already", "", "leave features out, or read a split")
	case !split:
		return training.OpenSource(in)
	}
	t, err := partition.Train(in)
	if err != nil {
		return nil, err
	}
	structure, err := partition.OpenStructure(in)
	if err != nil {
		return nil, err
	}
	from, err := training.NewSource(t, structure, *o, c.Cores())
	if err != nil {
		return nil, params.Within("features", err)
	}
	warnOfFeatures(c, from.Features, t.Rows()-from.Data.X.Rows)
	return from, writeRows(c, t)
}

// programs reads the files of the project that the estimator asks for.
func programs(c *stage.Context) (files []estimator.File, err error) {
	for _, f := range c.Files() {
		data, err := os.ReadFile(f.Abs)
		if err != nil {
			return nil, err
		}
		files = append(files, estimator.File{Path: f.Path, Data: data, Exec: f.Exec})
	}
	return files, nil
}

// runTrain leaves a bundle: all that predicting takes, and nothing of the data
// but what was learned, besides how it was validated (training.json), the
// trials of a search (trials.json), what it was declared with, for others to
// fit it again, and the set of rows that it learned from. Metrics are of rows
// held out within the training part; the test part is never opened here. kept
// keeps trials while the stage runs, so that a search that was killed goes on;
// nil keeps none.
func runTrain(c *stage.Context, kept Trials) error {
	o := stage.Params[training.Options](c)
	from, err := trainSource(c)
	if err != nil {
		return err
	}
	o.Memory = c.Memory()
	if o.Programs, err = programs(c); err != nil {
		return err
	}
	done, err := o.Train(c, from, &training.Work{
		Cores: c.Cores(), Progress: c.Progress, Scored: c.Scored, Logf: c.Logf, Warn: c.Warn,
		Trials: func(space tune.Space) (tune.Store, error) { return openStore(c, space, kept) },
	})
	if err != nil {
		return err
	}
	for _, v := range done.Bundle.Validation {
		c.Metric(v)
	}
	for _, f := range done.Facts.Findings {
		if f.Level == "warning" {
			c.Warn(f)
		}
	}
	if err := writeFacts(c, training.FileTraining, done.Facts); err != nil {
		return err
	}
	if done.Search != nil {
		if err := writeFacts(c, training.FileTrials, done.Search); err != nil {
			return err
		}
	}
	if done.Held != nil {
		if err := keepTable(c, training.FileHeldOut, done.Held); err != nil {
			return err
		}
	}
	if declared := from.Declared(o); declared != nil {
		if done.Blend != nil {
			declared.Chosen = done.Blend.Features
		}
		data, err := declared.Encode()
		if err != nil {
			return err
		}
		if err := c.WriteFile(bundle.FileDeclared, data); err != nil {
			return err
		}
	}
	in := c.Inputs()[0]
	if rows, err := in.Blob(bundle.FileRows); err == nil {
		c.Link(rows, bundle.FileRows)
	}
	done.Bundle.Lineage = map[string]string{"features": in.Digest}
	if o.Features != nil {
		done.Bundle.Lineage = map[string]string{"split": in.Digest}
	}
	return done.Bundle.Save(c.WriteFile)
}

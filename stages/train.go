package stages

import (
	"slices"
	"strconv"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/learn/features"
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
		Version: 7,
		Doc: `Fits a model to the features, and bundles it with all that is needed to use it.

The bundle holds the schema, the fitted features, the estimator, the target's transform and the lineage. With tune, the
estimator's parameters are searched for first: by the Tree-structured Parzen estimator, at random or over a grid, judged
inside the training part only. The parameters as declared are tried too, and stay if no trial beats them. The search
gives the same result whatever the number of cores: each trial knows of those that were done when it would begin with
` + "`parallel`" + ` of them under way, and of no other. A killed search goes on from its finished trials.
A model that stopped early in validation is fitted to the whole training part with as many rounds as it had, or their mean
over the folds; so is each member of an ensemble.`,
		Params: func() any { return training.Defaults() },
		Reads:  []stage.Port{stage.One(artifact.Features)},
		Makes:  []artifact.Type{artifact.Model},
		Parts:  func(v any) []params.Line { return versions(v.(*training.Options).Specs()...) },
		Cores: func(v any, available int) int {
			if v.(*training.Options).Parallel() {
				return available
			}
			return 1
		},
		Run: func(c *stage.Context) error { return runTrain(c, kept) },

		Show: showTraining, ShowVersion: 3,
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

func runTrain(c *stage.Context, kept Trials) error {
	fitted, data, err := features.Open(c.Inputs()[0])
	if err != nil {
		return err
	}
	done, err := stage.Params[training.Options](c).Train(c, fitted, data, &training.Work{
		Cores: c.Cores(), Progress: c.Progress, Logf: c.Logf, Warn: c.Warn,
		Trials: func(space tune.Space) (tune.Store, error) { return openStore(c, space, kept) },
	})
	if err != nil {
		return err
	}
	for _, v := range done.Bundle.Validation {
		c.Metric(v)
	}
	for _, f := range done.Facts.Findings {
		if f.Level.Warns() {
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
	if rows, err := c.Inputs()[0].Blob(bundle.FileRows); err == nil {
		c.Link(rows, bundle.FileRows)
	}
	done.Bundle.Lineage = map[string]string{"features": c.Inputs()[0].Digest}
	return done.Bundle.Save(c.WriteFile)
}

// Package models lists the estimators that a pipeline can train. What a fitted
// one is and says is in package bundle, how it comes about in package training.
package models

import (
	"labbook/models/bayes"
	"labbook/models/boosting"
	"labbook/models/dummy"
	"labbook/models/elasticnet"
	"labbook/models/ensemble"
	"labbook/models/estimator"
	"labbook/models/external"
	"labbook/models/linear"
	"labbook/models/logistic"
	"labbook/models/naive"
	"labbook/models/nearest"
	"labbook/models/robust"
	"labbook/models/svm"
	"labbook/models/trees"
)

// All are the estimators, in the order in which they are shown.
var All = append(single, ensemble.Spec(single), external.Spec())

// single are those that ensembles combine. To add one, write its package and add a
// line; the conformance test does the rest.
var single = []estimator.Spec{
	linear.Spec(),
	elasticnet.Spec(),
	robust.Huber(),
	robust.Quantile(),
	boosting.Spec(),
	trees.Random(),
	trees.Forest(),
	nearest.Spec(),
	naive.Spec(),
	logistic.Spec(),
	svm.Spec(),
	bayes.Multinomial(),
	bayes.Complement(),
	dummy.Spec(),
}

// Lookup gives the estimator of that name, or nil.
func Lookup(name string) *estimator.Spec {
	for i := range All {
		if All[i].Name == name {
			return &All[i]
		}
	}
	return nil
}

// Names gives the names of All.
func Names() []string {
	names := make([]string, len(All))
	for i := range All {
		names[i] = All[i].Name
	}
	return names
}

// Widths gives the estimator, and its parameters, that learns how far off
// another's predictions of a row may be: local intervals are that wide. Its
// version is part of what such an interval depends on.
func Widths() (*estimator.Spec, any) {
	spec := boosting.Spec()
	p := spec.Params().(*boosting.Params)
	p.Trees, p.LearningRate, p.MaxDepth, p.MinChildWeight, p.Subsample = 60, 0.1, 4, 20, 0.7
	return &spec, p
}

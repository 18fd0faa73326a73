package boosting

import (
	"context"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Spec lists the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "boosting",
		Version: 3,
		Doc: "Gradient-boosted trees, second order, on histograms. " +
			"Parameters have the names, meanings and defaults of XGBoost " +
			"(Chen and Guestrin, [XGBoost: A Scalable Tree Boosting System](https://arxiv.org/abs/1603.02754), 2016); " +
			"splits of categories are those of LightGBM " +
			"(Ke et al., [LightGBM: A Highly Efficient Gradient Boosting Decision Tree](https://papers.nips.cc/paper/6907), 2017). " +
			"Missing values learn a direction; the same seed gives the same bytes on any number of cores.",
		Tasks:    []metrics.Task{metrics.Regression, metrics.Classification},
		Params:   func() any { return defaults() },
		Sparse:   true,
		Missing:  true,
		Parallel: true,
		Scores:   true,
		Prepare: func(params any, x *matrix.Matrix) any {
			return NewDataset(x, params.(*Params).MaxBins)
		},
		Settle: func(params any, stopped []estimator.Model) any {
			return settle(*params.(*Params), stopped)
		},
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			m, err := Fit(ctx, params.(*Params), data, opt)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
		Decode: func(data []byte) (estimator.Model, error) {
			m, err := Decode(data)
			if err != nil {
				return nil, err
			}
			return m, nil
		},
	}
}

// Fit learns a model. Errors of the parameters or the data are *diag.Error.
func Fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (*Model, error) {
	if err := p.check(data); err != nil {
		return nil, err
	}
	f, err := newFit(p, data, opt)
	if err != nil {
		return nil, err
	}
	defer f.crew.close()
	if err := f.run(ctx, opt); err != nil {
		return nil, err
	}
	f.model.compiled = compile(f.model)
	return f.model, nil
}

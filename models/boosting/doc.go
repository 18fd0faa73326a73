// Package boosting grows gradient-boosted trees, second order, on histograms.
//
// A fit reads a Dataset, the matrix cut into bins (dataset.go, quantile.go, finder.go;
// dense.go and sparse.go store them). Each round takes the derivatives of the
// loss (objective.go), packs them into integers (gradient.go) and has the
// grower add a tree for each margin (fit.go, grow.go): it sums histograms
// (kernel.go, histogram.go), searches them for the best split (split.go,
// category.go, monotone.go), parts the rows (partition.go, eights_*), and goes on below,
// depth first, in views of the rows that fit into the cache (view.go). The
// crew shares the work among cores by stealing (crew.go); memory.go has what
// is used again. A Model is compiled before it predicts (compile.go;
// predict.go has the way of a row, block.go that of many); it explains itself (shap.go) and has a compact encoding
// (codec.go).
//
// Sources: Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System"
// (2016), whose parameters and defaults these are; Ke et al., "LightGBM: A
// Highly Efficient Gradient Boosting Decision Tree" (2017) for histograms,
// growth by leaf and splits of categories. What differs from XGBoost: the base
// score is estimated from the target, as it does since 2.0; cuts lie between
// values and not on them; columns of a tree are drawn by another generator; the
// Hessian of several classes is LightGBM's (classes.go).
package boosting

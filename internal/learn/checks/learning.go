package checks

import "labbook/internal/base/notebook"

// What features, train and tune find while they fit.
var (
	NothingToLearn = &Check{Code: "C201", Title: "A column is left out of the features", Level: notebook.Advice,
		Found:   "No training row has a value in the column, or, of texts, no term stands in two of them.",
		Matters: "Nothing can be learned from it.",
		Do:      "Drop it.", Fix: "drop: [COLUMN]"}

	NoOrder = &Check{Code: "C202", Title: "A category without an order is numbered", Level: notebook.Advice,
		Found:   "A category of more than two levels is encoded as ordinal, and no order is declared: levels are numbered as sorted.",
		Matters: "Linear models take the numbers for amounts; trees need more splits.",
		Do:      "Declare the order at load, or encode it as one-hot.", Fix: "columns: {COLUMN: {encode: onehot}}"}

	FlatColumns = &Check{Code: "C203", Title: "Columns of the matrix do not vary", Level: notebook.Advice,
		Found:   "A column of the matrix has one value in all training rows.",
		Matters: "It has no effect.",
		Do:      "Nothing, or drop its source."}

	MoreColumnsThanRows = &Check{Code: "C204", Title: "There are more columns than rows", Level: notebook.Warning,
		Found:   "A linear model without a penalty has at least as many columns as rows.",
		Matters: "Infinitely many planes fit the training rows exactly; the one that is taken says little about new rows.",
		Do:      "Use ridge, or fewer columns.", Fix: "model: ridge"}

	DependentColumns = &Check{Code: "C205", Title: "Columns determine each other", Level: notebook.Warning,
		Found:   "Columns of the matrix are a linear combination of others (rank of the matrix).",
		Matters: "Their coefficients cannot be told apart. Predictions are not harmed.",
		Do:      "Drop one of them, or use ridge.", Fix: "model: ridge"}

	NotConverged = &Check{Code: "C206", Title: "A fit stopped before it had settled", Level: notebook.Warning,
		Found:   "The solver used all its passes over the rows before its tolerance was met.",
		Matters: "The weights are not the best ones: the model may do better than it is judged.",
		Do:      "Standardise the numbers in the features stage, or raise `max_iter` or `tol`.", Fix: "numbers: {standardise: true}"}

	SearchFoundNothing = &Check{Code: "C207", Title: "The search found nothing better", Level: notebook.Warning,
		Found:   "No trial is better than the parameters as declared.",
		Matters: "They stay. The search was too short, looked in the wrong place, or there is nothing to gain.",
		Do:      "Widen the space, allow more trials, or leave `tune` out."}

	SearchCutShort = &Check{Code: "C208", Title: "The search ran out of time", Level: notebook.Warning,
		Found:   "The `budget` ended before all candidates or trials were tried.",
		Matters: "How many fit into it depends on the machine: another run may find another model.",
		Do:      "Ask for as many `candidates`, or `trials`, as fit, and leave the budget out."}

	PrecisionOutOfReach = &Check{Code: "C209", Title: "The precision wanted is out of reach", Level: notebook.Warning,
		Found:   "At no threshold do the training rows held out have the precision that `threshold` wants.",
		Matters: "The threshold that comes nearest is taken, and of what it finds more is wrong than was asked for.",
		Do:      "Ask for less, or give the model more to tell the classes by.", Fix: "threshold: {precision: 0.5}"}

	OddFold = &Check{Code: "C210", Title: "A fold is out of line", Level: notebook.Advice,
		Found: "Of at least five folds one differs from the others by a majority of the metrics: by more than three robust deviations from the median, " +
			"and beyond what one in a hundred sets of like folds would show (Student's t).",
		Matters: "The rows of that fold are unlike the others, and the mean over the folds is no typical value.",
		Do:      "Look at what is special in it: a time, a place, a source. Rows that belong together want `group` in split."}

	EdgeOfSearch = &Check{Code: "C211", Title: "The best parameter lies at the edge", Level: notebook.Advice,
		Found:   "A parameter of the best trial lies within 2 % of an end of its range; choices and whole numbers of fewer than six values have no edge.",
		Matters: "The best value may lie beyond what was searched.",
		Do:      "Widen the range at that end, and search again."}
)

var ofLearning = []*Check{NothingToLearn, NoOrder, FlatColumns, MoreColumnsThanRows, DependentColumns, NotConverged, SearchFoundNothing, SearchCutShort, PrecisionOutOfReach, OddFold, EdgeOfSearch}

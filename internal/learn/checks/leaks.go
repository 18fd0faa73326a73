package checks

import "labbook/internal/base/notebook"

// What evaluate finds that gives the target away, or makes the test easier than
// what will be asked.
var (
	ComputedTarget = &Check{Code: "C401", Title: "The target is computed from columns", Level: notebook.Error,
		Found: "A sum or difference of at most six columns, or a product or ratio of at most three, gives the target to its last digit in " +
			"98 % of the test rows; or three columns explain .9999 of its variance there. It is fitted to training rows.",
		Matters: "Whoever knows these columns knows the target and needs no model. Mostly they are written down with it, or after it.",
		Do:      "Drop one of the columns of the formula. Where all are known when a prediction is asked for, write the formula down, or mute this.",
		Fix:     "drop: [COLUMN]"}

	FilledAfterwards = &Check{Code: "C402", Title: "That a column is filled tells the target", Level: notebook.Error,
		Found: "Whether the column is missing, or holds the one value at the end of its range that stands for none, goes with the target: " +
			"V or η is .9 at least, by the lower end of its interval in the training part, and nearly so in the test part.",
		Matters: "Such a column is filled in once the outcome is known: a date of leaving, a sum that was paid out. When a prediction is asked for, it is empty for all.",
		Do:      "Drop it, or give a column with what was known at the time.", Fix: "drop: [COLUMN]"}

	MaybeFilledAfterwards = &Check{Code: "C403", Title: "That a column is filled tells much about the target", Level: notebook.Warning,
		Found:   "As C402, from .6 on.",
		Matters: "A column that is filled in after the outcome is empty when a prediction is asked for.",
		Do:      "Ask when the column is filled in.", Fix: "drop: [COLUMN]"}

	RepeatedKey = &Check{Code: "C404", Title: "Rows of one thing are on both sides of the split", Level: notebook.Warning,
		Found: "A category or whole number has at least ten values of five rows each on average; the value tells at least .9 of the target, " +
			"corrected for chance; and half of the test rows have a value that training rows have too.",
		Matters: "Rows of one patient or customer are alike. A model that knows the patient answers for those it knows, and the score says nothing about new ones.",
		Do:      "Keep the rows of each on one side of the split. Where requests will be about the same things, leave it and mute this.", Fix: "split: {group: [COLUMN]}"}

	Neighbours = &Check{Code: "C405", Title: "The split ignores time", Level: notebook.Warning,
		Found: "In the order of a column of dates, the outcomes of neighbours go together: autocorrelation or κ is .5 at least, by the lower end of its interval, " +
			"and the test part is not later than the training part.",
		Matters: "Test rows lie between training rows that are nearly the same. What will be asked lies after all of them, where the model has to look ahead.",
		Do:      "Split by time.", Fix: "split: {by: time, column: COLUMN}"}

	GoldenColumn = &Check{Code: "C406", Title: "One column tells the target", Level: notebook.Error,
		Found: "The leader's recipe is fitted again to each of the two columns that count most, with all others held still, where it tells nearly all. Of a number one of them " +
			"explains .999 of the variance, of classes it spares .95 of the mistakes of guessing, by the lower end of its interval on the test rows.",
		Matters: "So much from one column is mostly the outcome in other words, an id in the order of the outcome, or what was written down after it.",
		Do:      "Ask when its value becomes known. If that is after the prediction, drop it. If not, mute this, and think of a rule instead of a model.", Fix: "drop: [COLUMN]"}

	OneColumnDoes = &Check{Code: "C407", Title: "One column does as well as all", Level: notebook.Advice,
		Found:   "The leader's recipe, fitted to the one column that counts far more than any other, with all others held still, is tied with the leader, or better, by paired bootstrap over the test rows.",
		Matters: "A model of one column is simpler, and asks for less when a prediction is wanted. Where the column is suspect, so is all of the model.",
		Do:      "See whether the others are worth their trouble.", Fix: "select: [COLUMN]"}

	TooGood = &Check{Code: "C408", Title: "The leader is too good to be true", Level: notebook.Warning,
		Found:   "The leader explains more than .999 of the variance of the test rows, or makes no mistake in at least 30 of them.",
		Matters: "Hardly any table allows it. Mostly a column holds the target, or the test rows were seen in training.",
		Do:      "Look at the columns that count most, and at how the rows were split."}

	SplitDoubt = &Check{Code: "C409", Title: "Under a stricter split the leader is worse", Level: notebook.Warning,
		Found: "A column names things that rows repeat (as C404), or orders the rows in time (as C405, or the rows are in the order of its dates), and the split ignores it. " +
			"The leader, with the parameters that were found, is fitted again to at most 50,000 rows that are split by it, and is worse beyond noise by the metric that orders the models.",
		Matters: "Both figures are right; they answer different questions. The better one is of things or times that were learned from.",
		Do:      "Split as requests will come: by group where they are about new things, by time where they are about what is to come."}

	SplitHolds = &Check{Code: "C410", Title: "The leader stands a stricter split", Level: notebook.Info,
		Found:   "As C409, and the leader is no worse beyond noise.",
		Matters: "The split is not what makes the leader good.",
		Do:      "Nothing."}

	KnownThingsOnly = &Check{Code: "C411", Title: "The leader knows only what it has seen", Level: notebook.Error,
		Found:   "As C409, of a column that names things that rows repeat: for things that it never saw the leader is no better than guessing, by the better end of its interval.",
		Matters: "All that it learned is which thing has which outcome. Its figures hold for rows of patients or customers that it knows, and for nobody else.",
		Do:      "Split by group, so that the figures are of new things. Where requests will be about the same ones only, mute this.", Fix: "split: {group: [COLUMN]}"}
)

var ofLeaks = []*Check{ComputedTarget, FilledAfterwards, MaybeFilledAfterwards, RepeatedKey, Neighbours, GoldenColumn, OneColumnDoes, TooGood, SplitDoubt, SplitHolds, KnownThingsOnly}

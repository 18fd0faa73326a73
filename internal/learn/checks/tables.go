package checks

import "labbook/internal/base/notebook"

// What explore, features and evaluate find in the columns of a table.
var (
	FewRows = &Check{Code: "C001", Title: "The table has few rows", Level: notebook.Warning,
		Found:   "Fewer than 50 rows are described.",
		Matters: "From so few, every metric has an interval wider than the differences between models: which one leads is chance.",
		Do:      "Get more rows. Until then judge by repeated folds, keep to simple models, and read intervals rather than values."}

	EmptyTable = &Check{Code: "C002", Title: "The table is empty", Level: notebook.Warning,
		Found:   "The table has no column, or no row.",
		Matters: "There is nothing to describe and nothing to learn from.",
		Do:      "Look at `keep`, `select` and `path` of the load stage."}

	EmptyColumn = &Check{Code: "C003", Title: "A column is empty", Level: notebook.Advice,
		Found:   "No row has a value in the column.",
		Matters: "It tells nothing, and a file in which it is filled one day will be another table.",
		Do:      "Drop it, or look at why it is empty: a wrong `missing`, a wrong join.", Fix: "drop: [COLUMN]"}

	ConstantColumn = &Check{Code: "C004", Title: "A column is constant", Level: notebook.Advice,
		Found:   "All rows have the same value in the column, and none lacks it.",
		Matters: "No model learns anything from it.",
		Do:      "Drop it.", Fix: "drop: [COLUMN]"}

	Identifier = &Check{Code: "C005", Title: "A column names rows", Level: notebook.Advice,
		Found: "The column has a value of its own in every row and says nothing else: it counts up, is a code, or a text without words.",
		Matters: "A model may learn the rows by their names, or the order in which they were written down. " +
			"New rows have new names, so what was learned so is worth nothing for them.",
		Do: "Drop it.", Fix: "drop: [COLUMN]"}

	MissingTarget = &Check{Code: "C006", Title: "The target is missing in some rows", Level: notebook.Warning,
		Found:   "Rows have no value of the target.",
		Matters: "They are left out of learning and of judging. If they lack it for a reason, what is left is not what will be asked about.",
		Do:      "Drop them at load, so that everything counts the same rows, or find out why it is missing.", Fix: "keep: not missing(COLUMN)"}

	ConstantTarget = &Check{Code: "C007", Title: "The target is constant", Level: notebook.Warning,
		Found:   "The target has the same value in every row.",
		Matters: "There is nothing to predict; every model is right, and none has learned anything.",
		Do:      "Look at `keep` and `missing` of the load stage: the other values may have been dropped there."}

	LogTarget = &Check{Code: "C008", Title: "The target asks for a logarithm", Level: notebook.Advice,
		Found:   "The target is a number of 0 or more whose skewness is above 1.",
		Matters: "Large values then decide what is learned, and errors in percent, which are mostly meant, are large for small values.",
		Do:      "Learn its logarithm; predictions are given in the target's own unit all the same.", Fix: "target: log"}

	SkewedTarget = &Check{Code: "C009", Title: "The target is skewed", Level: notebook.Info,
		Found:   "The skewness of the target is beyond 1, and no logarithm helps: it is skewed to the left, or holds values below 0.",
		Matters: "The mean, which most models aim at, is not a typical value.",
		Do:      "Look at errors that forgive far values, as the median absolute error."}

	NumberedLabels = &Check{Code: "C010", Title: "The target may be labels", Level: notebook.Advice,
		Found:   "The target is whole numbers, with at most 20 different ones in at least 100 rows.",
		Matters: "Numbers that stand for classes are predicted as amounts: 1.4 of a class.",
		Do:      "Where they are labels, declare the column's type as category.", Fix: "columns: {COLUMN: {type: category}}"}

	Imbalance = &Check{Code: "C011", Title: "The classes are unbalanced", Level: notebook.Advice,
		Found:   "The most common class has more than three times its even share, or more than five times the rows of the rarest.",
		Matters: "Accuracy is high for whoever always says the common class, and the rare one, which is mostly what matters, may never be found.",
		Do:      "Look at macro F1 and at each class beside accuracy; split stratified; weigh classes evenly."}

	RareClass = &Check{Code: "C012", Title: "A class has too few rows", Level: notebook.Warning,
		Found:   "A class of the target has fewer than 10 rows of at least 50.",
		Matters: "One or two of them are in the test part: how well it is told is chance.",
		Do:      "Collect more of it, join it to another class, or drop its rows."}

	NearlyGivesAway = &Check{Code: "C013", Title: "A column goes with the target almost entirely", Level: notebook.Warning,
		Found:   "The association of the column with the target (r, η or V) is above .995 in at least 30 rows.",
		Matters: "So close a column is mostly the target in other words, or was written down after it: it is not known when a prediction is asked for.",
		Do:      "Ask when its value becomes known. If that is after the prediction, drop it.", Fix: "drop: [COLUMN]"}

	Strongest = &Check{Code: "C014", Title: "What tells most about the target", Level: notebook.Info,
		Found:   "The columns are ordered by their association with the target: r of two numbers, η of a number and a category, V of two categories.",
		Matters: "It is what a model will lean on first.",
		Do:      "See whether you expected these, and whether they are known when a prediction is asked for."}

	NoAssociation = &Check{Code: "C015", Title: "No column by itself tells anything about the target", Level: notebook.Warning,
		Found:   "The strongest association with the target is below .1 in at least 100 rows.",
		Matters: "Models may still find something in combinations, but mostly there is nothing to find.",
		Do:      "Look whether the target and the columns were joined by the right key."}

	UnmeasuredTexts = &Check{Code: "C016", Title: "What texts tell is not measured", Level: notebook.Info,
		Found:   "No number, category or date goes with the target, and there are columns of texts, of which no association is taken.",
		Matters: "Models of words may well learn from them.",
		Do:      "Nothing."}

	Collinear = &Check{Code: "C017", Title: "Columns say the same", Level: notebook.Advice,
		Found:   "The correlation of two columns of numbers is beyond ±.95; groups of them are gathered.",
		Matters: "A linear model cannot tell their effects apart, and the importance of each is shared among them.",
		Do:      "Keep one of them, or use ridge."}

	MissingValues = &Check{Code: "C018", Title: "Values are missing", Level: notebook.Info,
		Found:   "Some rows have no value in the column.",
		Matters: "They are imputed, or go a way of their own in trees.",
		Do:      "See that they are missing for no reason that has to do with the target."}

	MostlyMissing = &Check{Code: "C019", Title: "A column is mostly missing", Level: notebook.Advice,
		Found:   "More than half of the rows have no value in the column.",
		Matters: "What it says comes from the fewer rows, and that it is there at all may tell more than its value.",
		Do:      "Consider dropping it.", Fix: "drop: [COLUMN]"}

	DuplicateRows = &Check{Code: "C020", Title: "Rows repeat earlier ones", Level: notebook.Advice,
		Found:   "A row equals an earlier one in every column.",
		Matters: "On both sides of a split they make a test easy. In any case they count twice.",
		Do:      "The split by hash keeps equal rows on one side. If they are slips, drop them.", Fix: "duplicates: drop"}

	SuspectZeros = &Check{Code: "C021", Title: "Zeros may stand for missing values", Level: notebook.Warning,
		Found:   "At most one value in five is 0, and all others lie far above: 0 is below the lower fence of Tukey's box plot, which is above 0 itself.",
		Matters: "A length or a price of 0 is mostly one that nobody wrote down. Taken as a number it pulls means and lines towards it.",
		Do:      "Declare that 0 is missing in this column, or drop these rows.", Fix: "keep: COLUMN > 0"}

	FarValues = &Check{Code: "C022", Title: "Some values are far off", Level: notebook.Info,
		Found:   "Values lie more than six robust deviations from the median, in at most 2 % of the rows.",
		Matters: "They may be slips of the pen; squares of errors heed them above all.",
		Do:      "Look at them."}

	ManyLevels = &Check{Code: "C023", Title: "A category has many levels", Level: notebook.Advice,
		Found:   "A category has more than 50 levels.",
		Matters: "One-hot makes a column of each; most have few rows.",
		Do:      "Encode it as ordinal for trees, merge rare levels, or drop it."}

	TextsAreLevels = &Check{Code: "C024", Title: "Texts are levels of a category", Level: notebook.Advice,
		Found:   "A column of texts has at most 30 different ones in at least 100 rows.",
		Matters: "As a text it is taken apart into words; as a category it is one thing to learn from.",
		Do:      "Declare its type as category.", Fix: "columns: {COLUMN: {type: category}}"}

	NearlyEqualTexts = &Check{Code: "C025", Title: "Texts nearly repeat earlier ones", Level: notebook.Warning,
		Found:   "Texts share at least 80 % of their runs of words with an earlier one (MinHash).",
		Matters: "A split that tears them apart tests what it taught.",
		Do:      "Keep near-duplicates on one side of the split.", Fix: "alike: COLUMN"}

	AlikeClasses = &Check{Code: "C026", Title: "Classes write alike", Level: notebook.Info,
		Found:   "The cosine between the mean words of two classes is the largest.",
		Matters: "Expect mistakes between them.",
		Do:      "Ask whether people tell them apart."}

	SuspectLabels = &Check{Code: "C027", Title: "Labels look wrong", Level: notebook.Advice,
		Found:   "A simple model that was fitted without these rows gives their label less than its fair chance (confident learning).",
		Matters: "Wrong labels bound what any model can reach, and hide which one is better.",
		Do:      "Read the first of them before blaming the model."}

	OddTexts = &Check{Code: "C028", Title: "Texts are odd", Level: notebook.Advice,
		Found:   "Texts hold remains of a wrong decoding, control characters, mostly letters of another script, or less than a tenth of the usual length.",
		Matters: "What cannot be read cannot be learned from.",
		Do:      "Look at them; check `encoding` at load."}

	SoundTexts = &Check{Code: "C029", Title: "Texts are sound", Level: notebook.Info,
		Found:   "No text nearly repeats another, none is oddly encoded, in another script or far too short.",
		Matters: "It was looked for, and not found.",
		Do:      "Nothing."}
)

var ofTables = []*Check{
	FewRows, EmptyTable, EmptyColumn, ConstantColumn, Identifier, MissingTarget, ConstantTarget, LogTarget, SkewedTarget, NumberedLabels,
	Imbalance, RareClass, NearlyGivesAway, Strongest, NoAssociation, UnmeasuredTexts, Collinear, MissingValues, MostlyMissing, DuplicateRows,
	SuspectZeros, FarValues, ManyLevels, TextsAreLevels, NearlyEqualTexts, AlikeClasses, SuspectLabels, OddTexts, SoundTexts,
}

// Confounded stands by itself, for its code is younger than those of files.
var Confounded = &Check{Code: "C038", Title: "A relation is another one among rows alike", Level: notebook.Info,
	Found: "A column goes with the target one way among all rows, and the other way, or hardly at all, within strata of a third column that tells more of the target (r, η or V of at least .3): " +
		"its levels, or 20 classes of as many rows. Slopes over all rows and with a mean for each stratum are compared on at most 20,000 rows. A reversal is told where both are beyond doubt, a vanishing where it is beyond doubt " +
		"that at most a quarter is left; chance finds anything in one table of a hundred at most, if rows are independent.",
	Matters: "It is Simpson's paradox. What is seen of the column by itself is the third one's doing: a mean by level, or a chart of two columns, tells the wrong story.",
	Do:      "Read the column within the third one, as the figure shows it. Keep both for models, which tell them apart. Whether the column causes anything, no table says."}

var ofConfounding = []*Check{Confounded}

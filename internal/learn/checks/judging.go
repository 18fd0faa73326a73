package checks

import "labbook/internal/base/notebook"

// What evaluate finds in how the models did.
var (
	Leads = &Check{Code: "C301", Title: "One model leads", Level: notebook.Info,
		Found:   "The interval of the difference between the best two, by paired bootstrap over the test rows, lies on one side of 0.",
		Matters: "It is better on rows such as these, not by chance.",
		Do:      "Take it."}

	Tied = &Check{Code: "C302", Title: "The best models are tied", Level: notebook.Info,
		Found:   "The interval of the difference between the best two, by paired bootstrap over the test rows, holds 0.",
		Matters: "Which of them is first is chance.",
		Do:      "Take the simpler one."}

	NoBetterThanGuessing = &Check{Code: "C303", Title: "No model beats guessing", Level: notebook.Warning,
		Found:   "The best model that learns ranks below the dummy, which looks at no column, or is tied with it.",
		Matters: "Nothing has been learned that would help on new rows.",
		Do:      "Look whether the columns can tell the target at all, and whether the metric asks for what you want."}

	WorseThanGuessing = &Check{Code: "C304", Title: "A model is worse than guessing", Level: notebook.Advice,
		Found:   "A model ranks below the dummy, which looks at no column.",
		Matters: "It is overfitted, or aims at something else than the metric measures.",
		Do:      "Constrain it, or leave it out."}

	WorseThanMean = &Check{Code: "C305", Title: "Even the leader is worse than the mean", Level: notebook.Warning,
		Found:   "The R² of the leader on the test part is below 0.",
		Matters: "The mean of the test rows would be closer to them.",
		Do:      "See whether the test rows are unlike those of training, and whether far values decide."}

	NoFiniteNumber = &Check{Code: "C306", Title: "Predictions are no finite numbers", Level: notebook.Warning,
		Found:   "A model predicts an infinity, or nothing at all, for test rows.",
		Matters: "A server refuses to answer such rows.",
		Do:      "Bound the predictions to what was seen, or choose another transform of the target.", Fix: "bounds: seen"}

	FewTestRows = &Check{Code: "C307", Title: "The test part has few rows", Level: notebook.Warning,
		Found:   "Fewer than 100 test rows have a known outcome, or the groups or blocks of time that they stand in are fewer than 30.",
		Matters: "The intervals are wide: models that differ a lot are tied.",
		Do:      "Get more rows, or judge by repeated folds."}

	MoreDataHelps = &Check{Code: "C308", Title: "What more data would bring", Level: notebook.Info,
		Found:   "The leader is fitted again on 10, 25 and 50 % of the training rows; the last step from half to all is told.",
		Matters: "Where the metric still improves, more rows are worth more than another model.",
		Do:      "Collect more rows while it improves; otherwise better columns."}

	UndefinedMetric = &Check{Code: "C309", Title: "A metric is left out", Level: notebook.Info,
		Found:   "The target is 0 in some test rows, where an error in percent is not defined.",
		Matters: "MAPE would be infinite.",
		Do:      "Nothing."}

	IntervalsHold = &Check{Code: "C310", Title: "Prediction intervals keep their promise", Level: notebook.Info,
		Found:   "The share of test rows within the leader's intervals is not below what they promise beyond chance.",
		Matters: "They may be relied on for rows such as these.",
		Do:      "Nothing."}

	IntervalsFail = &Check{Code: "C311", Title: "Prediction intervals hold too few rows", Level: notebook.Warning,
		Found:   "The share of test rows within the intervals is below what they promise, beyond chance (Wilson interval).",
		Matters: "The test rows are unlike those of training, or the fit is unstable: the promise does not hold for new rows either.",
		Do:      "Split as the rows will come, by time or by group, so that the intervals are calibrated on such rows."}

	Overfit = &Check{Code: "C312", Title: "The leader learned its rows by heart", Level: notebook.Advice,
		Found: "By a majority of the metrics the leader is better on training rows than on test rows, their intervals apart, and keeps less than half " +
			"of what it gains there over guessing.",
		Matters: "Most of what it learned is of those rows alone. Trees do so by nature; whoever does it less may do better on new rows.",
		Do:      "Constrain the model (depth, leaves, penalty), stop it early, or get more rows."}

	Underfit = &Check{Code: "C313", Title: "The leader learned nothing", Level: notebook.Warning,
		Found:   "By a majority of the metrics, the one that orders the models among them, the leader is no better than guessing even on rows that it learned from, by its interval there.",
		Matters: "It is too simple for what there is to learn, was stopped too early, or there is nothing.",
		Do:      "Try a model that can bend, or look whether target and columns were joined by the right key."}

	NeverTold = &Check{Code: "C314", Title: "A class is never recognised", Level: notebook.Warning,
		Found:   "The leader finds none of the test rows of a class that has at least ten.",
		Matters: "Where classes are uneven, saying the common one is right most of the time; the rare one is mostly why one asks.",
		Do:      "Weigh the classes evenly, or choose a threshold by what mistakes cost.", Fix: "weights: balanced"}

	Uncalibrated = &Check{Code: "C315", Title: "Probabilities do not come true", Level: notebook.Advice,
		Found: "How sure the leader is of its answers differs from how often they are right: the mean, or Spiegelhalter's statistic, lies beyond what one in a thousand " +
			"calibrated models would show, and over ten bins the distance is .05 on average.",
		Matters: "Thresholds, costs and expected values that are computed of such probabilities are off.",
		Do:      "Calibrate them by rows held out.", Fix: "calibrate: temperature"}

	UselessColumns = &Check{Code: "C316", Title: "Columns tell the leader nothing", Level: notebook.Info,
		Found:   "Shuffling the column among the test rows makes the leader no worse, by twice the standard error over the permutations.",
		Matters: "They cost work and trouble when a prediction is asked for. Of columns that say the same, each may look useless while one is needed.",
		Do:      "Try without them, one after the other."}

	JudgedByFolds = &Check{Code: "C317", Title: "Models are judged by repeated folds", Level: notebook.Info,
		Found: "The split declares folds; or the test part has fewer than 100 rows, the split is not by time, and making all models again is cheap.",
		Matters: "A test part of a few rows tells models apart by chance. All rows, each held out from models that are made again of the others, " +
			"tell as much as there is to know; the models as they stand are not what is measured then, but how they are made. " +
			"Intervals are somewhat too narrow, for models made of nearly the same rows err alike: in simulations those of 95 % held the mean absolute error " +
			"of a linear regression in 92 % of studies of 60 rows and in 94 % of 240, in 80 % of 15 groups and in 90 % of 60. Noise was not called better for it.",
		Do: "Nothing. Whether a model becomes champion is still decided on the test part, on rows that neither has learned from."}

	BeatenByDefault = &Check{Code: "C318", Title: "Boosted trees as they stand do better", Level: notebook.Advice,
		Found: "Boosted trees with default parameters, fitted to the leader's features on at most 10,000 training rows, are better than the leader by paired " +
			"bootstrap over the test rows. It is looked at where no model of the evaluation is boosted trees, and no text is read.",
		Matters: "The leader is not the best that costs nothing.",
		Do:      "Train boosted trees too.", Fix: "train: {model: boosting}"}
)

var ofJudging = []*Check{
	Leads, Tied, NoBetterThanGuessing, WorseThanGuessing, WorseThanMean, NoFiniteNumber, FewTestRows, MoreDataHelps, UndefinedMetric, IntervalsHold, IntervalsFail,
	Overfit, Underfit, NeverTold, Uncalibrated, UselessColumns, JudgedByFolds, BeatenByDefault,
}

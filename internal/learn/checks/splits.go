package checks

import "labbook/internal/base/notebook"

// What split finds between the training and the test part.
var (
	SharedRows = &Check{Code: "C101", Title: "Test rows stand in the training part too", Level: notebook.Warning,
		Found:   "Rows of the test part equal one of the training part in every column.",
		Matters: "The test asks what was taught: it is easier than what will be asked.",
		Do:      "Split by hash, which keeps equal rows on one side, or drop duplicates at load.", Fix: "split: {by: hash}"}

	SharedTexts = &Check{Code: "C102", Title: "Test texts nearly repeat training texts", Level: notebook.Warning,
		Found:   "Texts of the test part share at least 80 % of their runs of words with one of the training part.",
		Matters: "The test asks what was taught: it is easier than what will be asked.",
		Do:      "Keep near-duplicates on one side.", Fix: "alike: COLUMN"}

	Undated = &Check{Code: "C103", Title: "Rows have no time", Level: notebook.Warning,
		Found:   "Rows lack the column by whose time the table is split. They are in the training part.",
		Matters: "Some of them may be later than the test part.",
		Do:      "Drop them at load.", Fix: "keep: not missing(COLUMN)"}

	UnseenLevels = &Check{Code: "C104", Title: "Levels occur only in the test part", Level: notebook.Warning,
		Found:   "Rows of the test part have a level of a category that no training row has.",
		Matters: "Models treat such rows as if the value were unknown. If new levels are usual, that is what the test should show; if not, the split is unlucky.",
		Do:      "Merge rare levels, or leave it."}

	KnownGroups = &Check{Code: "C105", Title: "Rows of known groups are in neither part", Level: notebook.Warning,
		Found:   "The table is split by time and by group, and rows after the cut belong to a group that has rows before it.",
		Matters: "The test part has only groups that training never saw. Where most groups go on for long, few rows are left to test with.",
		Do:      "Leave it, if the model will be asked about new groups. If it will be asked about the same ones again, leave group out."}

	ToldApart = &Check{Code: "C106", Title: "The parts can be told apart", Level: notebook.Warning,
		Found: "Boosted trees learn from half of at most 1,500 rows of each part to tell test rows from training rows. On the other half their ROC AUC is .6 at least, " +
			"by the lower end of its interval at 99 %. Parts that are divided by time or by group are meant to differ, and not looked at.",
		Matters: "Divided at random they would be alike, and the AUC .5. What the test says is then of other rows than those that were learned from.",
		Do:      "Look at how the parts came about, and at the columns that differ most between them (the table of the split)."}
)

var ofSplits = []*Check{SharedRows, SharedTexts, Undated, UnseenLevels, KnownGroups, ToldApart}

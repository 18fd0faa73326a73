package checks

import "labbook/internal/base/notebook"

// What load finds in files: promises of its `expect` that only warn and are broken, and
// files that are unlike the others.
var (
	NotUnique = &Check{Code: "C030", Title: "Rows do not have values of their own", Level: notebook.Warning,
		Found:   "The parameter `expect` has `unique` with `else: warn`, and rows have the same values in these columns as an earlier row.",
		Matters: "What is counted by these columns counts twice. Where the rows differ otherwise, one of them is wrong or old.",
		Do:      "Find out which row stands. Rows that an earlier file holds in every column are dropped by `duplicates`."}

	NotHeld = &Check{Code: "C031", Title: "A relation does not hold", Level: notebook.Warning,
		Found:   "The parameter `expect` has `holds` with `else: warn`, and the formula is not true in rows that are kept.",
		Matters: "Columns contradict each other: one of them is not what its name says, in these rows at least.",
		Do:      "Mend the rows, or keep them out by `keep`."}

	RowsOutside = &Check{Code: "C032", Title: "A file has too few or too many rows", Level: notebook.Warning,
		Found:   "The parameter `expect` has `rows` with `else: warn`, and a file has fewer or more rows.",
		Matters: "It may be cut, or hold what belongs into several.",
		Do:      "Fetch the file again."}

	MissingBeyond = &Check{Code: "C033", Title: "A column of a file is missing too often", Level: notebook.Warning,
		Found:   "The parameter `expect` has `missing` with `else: warn`, and a greater share of a file's rows has no value.",
		Matters: "What is learned from the column is learned from the other files.",
		Do:      "Ask where the file comes from; look for a new name of the column or a new mark of what is missing."}

	DroppedBeyond = &Check{Code: "C034", Title: "Too much of a file is kept out", Level: notebook.Warning,
		Found:   "The parameter `expect` has `dropped` with `else: warn`, and a greater share of a file's rows cannot be read or is refused by `keep`.",
		Matters: "What is left is not what the file says of its time.",
		Do:      "Look at the reasons in the cell of load, and at the first places."}

	ShiftedBeyond = &Check{Code: "C035", Title: "A column of a file has moved", Level: notebook.Warning,
		Found:   "The parameter `expect` has `shift` with `else: warn`, and the values of a file are farther from those of the files before it in the order of names.",
		Matters: "The unit, the source or the world has changed. Models that learned from the files before know nothing of it.",
		Do:      "Look at the column by file. If the world has changed, split by time."}

	UnlikeOthers = &Check{Code: "C036", Title: "A file is unlike the others", Level: notebook.Warning,
		Found: "Of several files one lost a fifth of its rows and the others less than half as large a part; or its last line alone has no end; " +
			"or, where the others have as many rows together as it has, it has levels of a category (of at most 50) that none of them has while no other file has its own, " +
			"or the mean of a number is a twentieth and five standard errors off theirs, and of several others farther beyond their means than these differ. A column that counts up within every file is passed over.",
		Matters: "A file that is new may be of another kind, unit or source, or half a file. What is learned is learned from it too.",
		Do:      "Look at the file. What is to be relied on can be said in `expect`, and then such a file stops the run."}

	LeftOut = &Check{Code: "C037", Title: "A file is left out", Level: notebook.Warning,
		Found:   "The parameter `reject` names a folder, and a file cannot be read as declared or breaks a promise of `expect` that would stop the run.",
		Matters: "The table is without it: what a day or a shop brought may be missing from all that follows.",
		Do:      "Read the reason beside the copy in that folder. Mend the file where it lies, or what is expected, and run again; or take the file away."}
)

var ofFiles = []*Check{NotUnique, NotHeld, RowsOutside, MissingBeyond, DroppedBeyond, ShiftedBeyond, UnlikeOthers, LeftOut}

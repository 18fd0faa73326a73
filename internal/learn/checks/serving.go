package checks

import "labbook/internal/base/notebook"

// What a server finds in what it is asked.
var (
	EmptyWhenAsked = &Check{Code: "C501", Title: "A column is empty whenever the model is asked", Level: notebook.Warning,
		Found: "Of the newest inputs, at least 30, none has a value of the column, and training rows had one so often that chance would show it " +
			"in less than one case of a thousand.",
		Matters: "The model leans on something that is not there when it is asked: mostly it becomes known later. What it was judged by is better than what it answers.",
		Do:      "Drop the column, train again, and compare. If it could be known, have those who ask send it.", Fix: "drop: [COLUMN]"}
)

var ofServing = []*Check{EmptyWhenAsked}

package linear

import (
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/learn/checks"
)

// Stopped is the remark of a classifier that ran out of passes over the data
// before it was at its optimum.
func Stopped(name string, passes int, remedy string) *notebook.Finding {
	f := checks.NotConverged.Finding("", 0, "%s stopped after %s passes over the rows, before its weights had settled: it may do better with more; %s",
		name, human.Int(passes), remedy)
	return &f
}

// Found lists a remark, if there is one.
func Found(remark *notebook.Finding) []notebook.Finding {
	if remark == nil {
		return nil
	}
	return []notebook.Finding{*remark}
}

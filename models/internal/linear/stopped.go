package linear

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// Stopped is the remark of a classifier that ran out of passes over the data
// before it was at its optimum.
func Stopped(name string, passes int, remedy string) *notebook.Finding {
	return &notebook.Finding{Level: "warning", Text: fmt.Sprintf(
		"%s stopped after %s passes over the rows, before its weights had settled: it may do better with more; %s",
		name, human.Int(passes), remedy)}
}

// Found lists a remark, if there is one.
func Found(remark *notebook.Finding) []notebook.Finding {
	if remark == nil {
		return nil
	}
	return []notebook.Finding{*remark}
}

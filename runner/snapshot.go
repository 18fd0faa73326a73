package runner

import "labbook/runner/pipeline"

// remember writes the snapshot of an execution that found or made everything.
func (x *execution) remember(project *pipeline.Project) {}

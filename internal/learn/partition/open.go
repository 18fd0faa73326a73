package partition

import (
	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
)

// The files of an artifact of the type split.
const (
	FileTrain = "train.arrow"
	FileTest  = "test.arrow"
	FileFacts = "split.json"
)

// Train reads the training part of a split.
func Train(a *artifact.Artifact) (*table.Table, error) { return table.OpenFile(a, FileTrain) }

// Test reads the test part of a split.
func Test(a *artifact.Artifact) (*table.Table, error) { return table.OpenFile(a, FileTest) }

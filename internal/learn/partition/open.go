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

// Whole reads all rows of a split, the training part first, which has so many, and
// how they belong together.
func Whole(a *artifact.Artifact) (all *table.Table, train int, s *Structure, err error) {
	learned, err := Train(a)
	if err != nil {
		return nil, 0, nil, err
	}
	test, err := Test(a)
	if err != nil {
		return nil, 0, nil, err
	}
	if s, err = OpenStructure(a); err != nil {
		return nil, 0, nil, err
	}
	tested, err := OpenTestStructure(a)
	if err != nil {
		return nil, 0, nil, err
	}
	return table.Concat(learned, test), learned.Rows(), s.With(learned.Rows(), tested), nil
}

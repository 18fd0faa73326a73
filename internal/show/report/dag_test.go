package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesFitTheirNodes(t *testing.T) {
	assert.Equal(t, "train/linear-svm", fitting("train/linear-svm"))
	assert.Equal(t, "complement-bayes", fitting("train/complement-bayes"))
	assert.Equal(t, "a-name-without-…", fitting("a-name-without-a-group"))
}

package diag

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A name that holds a comma cannot be taken for two.
func TestNamesAreToldApart(t *testing.T) {
	assert.Equal(t, `known are: Text, "Text, Sentiment", "", " x"`, DidYouMean("price", []string{"Text", "Text, Sentiment", "", " x"}))
}

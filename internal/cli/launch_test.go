package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/serve"
)

func TestLauncherArguments(t *testing.T) {
	l := &launcher{root: "project"}
	got, err := l.arguments(serve.Job{Pipeline: "stones", Params: map[string]serve.Setting{"seed": "7", "a": "--x"},
		Models: []string{"boosting", "stones/train/linear"}, Only: []string{"explore"}, Force: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"-C", "project", "--no-color", "run", "--set=a=--x", "--set=seed=7", "--models=stones/boosting",
		"--models=stones/train/linear", "--only=explore", "--force", "--", "stones"}, got)
	for _, name := range []string{"", "a,b", "a\nb", `a"b`} {
		_, err := l.arguments(serve.Job{Pipeline: "stones", Models: []string{name}})
		assert.Error(t, err, name)
	}
}

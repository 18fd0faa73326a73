package program

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Say runs a program in an empty folder that is removed afterwards, with the
// environment that Workspace.Run gives, and gives what it printed on both
// channels. More than most bytes are an error.
func Say(ctx context.Context, argv, env []string, most int) (string, error) {
	dir, err := os.MkdirTemp("", "labbook-say-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	w := Workspace{Dir: filepath.Join(dir, "work"), Scratch: dir}
	if err := w.Make(); err != nil {
		return "", err
	}
	said := &limited{most: most}
	if _, err := w.Run(ctx, argv, env, said); err != nil {
		return "", err
	}
	if said.over {
		return "", fmt.Errorf("it printed more than %d bytes", most)
	}
	return said.String(), nil
}

// limited keeps the first bytes of what is written and drops the rest.
type limited struct {
	bytes.Buffer
	most int
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := len(p)
	if room := l.most - l.Len(); n > room {
		p, l.over = p[:room], true
	}
	l.Buffer.Write(p)
	return n, nil
}

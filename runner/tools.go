package runner

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// foundTool is a program outside the project, as a key has it.
type foundTool struct {
	name  string
	value string // digest of its bytes, or the version that it told, quoted
	path  string // where it was found; "" when it was asked
	proof cache.Proof
}

// longestVersion bounds what a tool may say of its version, and how long it may
// take to say so.
const (
	longestVersion = 4 << 10
	longestAsking  = 30 * time.Second
)

// tools finds the programs that stages depend on, each once: the stages of an
// execution agree on what they are.
type tools struct {
	o     *Options
	mu    sync.Mutex
	known map[string]func() (foundTool, error)
}

func newTools(o *Options) *tools { return &tools{o: o, known: map[string]func() (foundTool, error){}} }

// find gives the tools of a stage, in the order of its declaration. env is what
// the stage sees of the environment, "NAME=value": a tool that is asked sees it
// too.
func (ts *tools) find(ctx context.Context, s *pipeline.Stage, env []string) ([]foundTool, error) {
	var found []foundTool
	for _, t := range s.Tools {
		f, err := ts.once(ctx, t, env)()
		if err != nil {
			var e *diag.Error
			if !errors.As(err, &e) {
				return nil, err
			}
			placed := *e // others are told it too, each at its own place
			return nil, s.PlaceAt(t.Name, &placed)
		}
		found = append(found, f)
	}
	return found, nil
}

// once gives a function that finds the tool. All stages that ask for the same
// tool in the same way share it, so that it is looked for once in a run.
func (ts *tools) once(ctx context.Context, t stage.Tool, env []string) func() (foundTool, error) {
	id := fmt.Sprintf("%q", append([]string{t.Name}, t.Ask...))
	if len(t.Ask) > 0 {
		id += fmt.Sprintf(" %q", env)
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if known, ok := ts.known[id]; ok {
		return known
	}
	look := func() (foundTool, error) { return ts.o.digestTool(ctx, t.Name) }
	if len(t.Ask) > 0 {
		look = func() (foundTool, error) { return askTool(ctx, t, env) }
	}
	ts.known[id] = sync.OnceValues(look)
	return ts.known[id]
}

// lookTool finds a tool's file.
func lookTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", diag.New(fmt.Sprintf("there is no program %q in PATH", name), "install it, or correct tools:")
	}
	return filepath.Abs(path)
}

// digestTool finds a tool and digests it.
func (o *Options) digestTool(ctx context.Context, name string) (foundTool, error) {
	path, err := lookTool(name)
	if err != nil {
		return foundTool{}, err
	}
	proof, err := o.Cache.Memory().File(ctx, path, path)
	if err != nil {
		if ctx.Err() != nil {
			return foundTool{}, err
		}
		return foundTool{}, &diag.Error{What: fmt.Sprintf("the tool %s cannot be read: %v", path, err), Err: err}
	}
	return foundTool{name: name, value: proof.Hex(), path: path, proof: proof}, nil
}

// askTool has a tool tell its version.
func askTool(ctx context.Context, t stage.Tool, env []string) (foundTool, error) {
	ctx, stop := context.WithTimeoutCause(ctx, longestAsking, diag.New(fmt.Sprintf("%s did not answer within %s", t.Name, longestAsking),
		"give version: a command that only prints it"))
	defer stop()
	said, err := program.Say(ctx, t.Ask, env, longestVersion)
	if err != nil {
		return foundTool{}, &diag.Error{What: fmt.Sprintf("the version cannot be asked by %q: %v", t.Name, err), Hint: "correct version:, a command that prints it", Err: err}
	}
	if said = strings.TrimSpace(said); said == "" {
		return foundTool{}, diag.New(fmt.Sprintf("%q printed no version", t.Name), "correct version:, a command that prints it")
	}
	return foundTool{name: t.Name, value: strconv.Quote(said)}, nil
}

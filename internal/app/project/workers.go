package project

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/models"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/farm"
	"labbook/runner/stage"
	"labbook/runner/temporal"
	"labbook/stages"
)

// client gives what has stages made by the workers of a place; nil where it has no
// engine.
func (p *Project) client(name string) (*farm.Client, error) {
	f, err := placeOf(p.Root, p.named, name)
	if err != nil || f.Engine == "" {
		return nil, err
	}
	c := &farm.Client{Name: name, Cache: p.Cache, Project: p.Root, Labbook: Version(), Queue: queueOf(stages.All(stages.Deps{})), Wait: f.Wait}
	c.Engine, err = engineOf(p.Root, name, f, "labbook of "+hostname(), func(text string) {
		c.Tell(notebook.Finding{Level: notebook.Warning, Text: text})
	})
	return c, err
}

// engineOf gives the engine of a place.
func engineOf(root, name string, f place, identity string, tell func(string)) (farm.Engine, error) {
	at, err := temporal.ParseAddress(name, f.Engine)
	if err != nil {
		return nil, err
	}
	if err := at.Credentials(root); err != nil {
		return nil, err
	}
	return temporal.Open(at, identity, tell), nil
}

// queueOf names the queue of workers that come to the same keys as this program.
func queueOf(kinds stage.Kinds) string {
	var versions []string
	for _, k := range kinds {
		versions = append(versions, fmt.Sprintf("kind %s %d", k.Name, k.Version))
	}
	for _, m := range models.All {
		versions = append(versions, fmt.Sprintf("model %s %d", m.Name, m.Version))
	}
	return farm.QueueOf(runner.Machine(), versions)
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "a machine without a name"
	}
	return name
}

// Farm is a place of farm.yaml that has an engine, without a project.
type Farm struct {
	Name   string
	Queue  string // of workers of this program
	Engine farm.Engine
	place  place
}

// OpenFarm gives the farm of that name in the farm.yaml of a folder; identity is who
// asks, for people.
func OpenFarm(dir, name, identity string, tell func(string)) (*Farm, error) {
	f, err := placeOf(dir, dir, name)
	if err != nil {
		return nil, err
	}
	if f.Engine == "" {
		return nil, diag.New(fmt.Sprintf("%q of %s has no engine, and so no workers", name, farmFile), "add engine: temporal://host:7233/namespace")
	}
	engine, err := engineOf(dir, name, f, identity, tell)
	if err != nil {
		return nil, err
	}
	return &Farm{name, queueOf(stages.All(stages.Deps{})), engine, f}, nil
}

// Worker is what a worker is asked to be.
type Worker struct {
	Name  string // of it; "": of its machine and process
	Label string // of the stages that it makes: those with the same `on`
	Cores int
	Cache string // its folder; "": in the user's cache
	Idle  time.Duration
}

// Work makes stages until ctx ends, or it had nothing to do for long enough.
func Work(ctx context.Context, dir, name string, as Worker, tell func(string)) error {
	if as.Name == "" {
		as.Name = hostname()
		if pid := os.Getpid(); pid != 1 { // alone in a container, whose name nobody else has
			as.Name += fmt.Sprintf("/%d", pid)
		}
	}
	f, err := OpenFarm(dir, name, as.Name, tell)
	if err != nil {
		return &Wrong{err}
	}
	defer f.Engine.Close()
	at, err := bucket.ParseAddress(name, f.place.Cache)
	if err != nil {
		return &Wrong{err}
	}
	if as.Cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return &Wrong{&diag.Error{What: "there is no folder for the cache: " + err.Error(), Hint: "name one with --cache", Err: err}}
		}
		as.Cache = filepath.Join(folder, "labbook")
	}
	own, err := cache.Open(as.Cache)
	if err != nil {
		return err
	}
	w := &farm.Worker{
		Presence: farm.Presence{Name: as.Name, Queue: f.Queue, Label: as.Label, Cores: as.Cores, Labbook: Version(), Machine: runner.Machine()},
		Engine:   f.Engine, Bucket: bucket.At(at), Cache: own, Kinds: stages.All(stages.Deps{}), Idle: as.Idle, Tell: tell,
	}
	return errors.Join(w.Run(ctx), own.Save())
}

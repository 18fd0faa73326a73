package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/farm"
	"labbook/runner/temporal"
)

// farmFile says what there is beyond this machine, beside the pipelines. Nothing of it
// is in a key.
const farmFile = "farm.yaml"

// place is a place of farm.yaml, by its name there.
type place struct {
	Cache    string        `yaml:"cache" doc:"The bucket in which results are shared: s3://bucket/prefix?region=…&endpoint=…"`
	Engine   string        `yaml:"engine" doc:"What hands stages to workers: temporal://host:7233/namespace"`
	Wait     time.Duration `yaml:"wait" doc:"How long a run waits for a worker where there is none, such as 10m; left out: it fails" range:">0"`
	Database string        `yaml:"database" doc:"The PostgreSQL database of the runs and models of this project: postgres://user@host/name, or $NAME of a variable"`
}

// Resolve proves the addresses.
func (f *place) Resolve() error {
	if err := checkDatabase(f.Database); err != nil {
		return params.FaultOf("database", err)
	}
	if f.Engine != "" {
		if _, err := temporal.ParseAddress("", f.Engine); err != nil {
			return params.FaultOf("engine", err)
		}
		if f.Cache == "" {
			return params.Fault("engine", "there is an engine and no cache", "", "name the bucket through which workers get what they read: cache: \"s3://bucket/prefix\"")
		}
	}
	if f.Cache == "" && f.Database != "" {
		return nil
	}
	if _, err := bucket.ParseAddress("", f.Cache); err != nil {
		return params.FaultOf("cache", err)
	}
	return nil
}

// placeOf gives a place of the farm.yaml in a folder, which is called so.
func placeOf(root, named, name string) (place, error) {
	places, err := placesOf(root)
	if err != nil {
		return place{}, err
	}
	if places == nil {
		return place{}, diag.New(fmt.Sprintf("there is no %s in %s, and so no %q", farmFile, named, name),
			fmt.Sprintf("write one, such as `%s: {cache: \"s3://bucket/prefix?region=eu-central-1\"}`", name))
	}
	f, there := places[name]
	if !there {
		return place{}, diag.New(fmt.Sprintf("%s has no %q", farmFile, name), diag.DidYouMean(name, slices.Sorted(maps.Keys(places))))
	}
	return f, nil
}

// cacheOf gives the address of the cache of a place.
func (p *Project) cacheOf(name string) (bucket.Address, error) {
	f, err := placeOf(p.Root, p.named, name)
	if err != nil {
		return bucket.Address{}, err
	}
	if f.Cache == "" {
		return bucket.Address{}, diag.New(fmt.Sprintf("%s: %s has no cache", farmFile, name), "name the bucket in which results are shared: cache: \"s3://bucket/prefix\"")
	}
	return bucket.ParseAddress(name, f.Cache)
}

// placesOf gives what farm.yaml names; nil where there is none.
func placesOf(root string) (map[string]place, error) {
	data, err := os.ReadFile(filepath.Join(root, farmFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parsePlaces(data)
}

// parsePlaces reads a farm.yaml.
func parsePlaces(data []byte) (map[string]place, error) {
	written, err := tree.Parse(farmFile, data)
	if err != nil {
		return nil, err
	}
	if written.Kind != tree.Map && written.Kind != tree.Null {
		e := written.Fault(farmFile + " is no mapping of names to what is there")
		e.Found, e.Hint = written.Describe(), "write `lab: {cache: \"s3://bucket\"}`"
		return nil, e
	}
	var faults diag.List
	places := map[string]place{}
	for _, pair := range written.Pairs {
		var f place
		faults.Add(params.DecodeAt(pair.Key.Text, pair.Value, &f))
		places[pair.Key.Text] = f
	}
	return places, faults.Err()
}

// On has a run share results in the cache of a place of farm.yaml, and with workers
// have its stages made by those of its engine, if it has one. offline asks nobody: all is
// made here, and sent by a later run.
func (p *Project) On(name string, offline, workers bool, o *runner.Options) error {
	at, err := p.cacheOf(name)
	if err != nil {
		return err
	}
	p.alone = offline
	home, err := p.Home()
	if err != nil {
		return err
	}
	var client *farm.Client
	if workers && !offline {
		if client, err = p.client(name); err != nil {
			return err
		}
	}
	if client != nil {
		o.Executor = func(here runner.Executor) runner.Executor {
			client.Here = here
			return client.Open()
		}
	}
	o.Shared = func(ctx context.Context, lease *cache.Lease, tell func(string, notebook.Finding)) cache.Store {
		store := bucket.Open(ctx, at, p.Cache, bucket.Options{Lease: lease, Offline: offline, Tell: tell})
		if client != nil {
			client.Store, client.Lease, client.Tell = store, lease, func(f notebook.Finding) { tell("", f) }
		}
		if name != home || offline {
			return store
		}
		return published{store, p, tell}
	}
	return nil
}

// Bucket gives the bucket of a place of farm.yaml, for who keeps it.
func (p *Project) Bucket(name string) (*bucket.Bucket, error) {
	at, err := p.cacheOf(name)
	if err != nil {
		return nil, err
	}
	return bucket.At(at), nil
}

// CheckBucket proves all that the cache of a place of farm.yaml holds.
func (p *Project) CheckBucket(ctx context.Context, name string, progress func(done, total int64)) (*Checked, error) {
	b, err := p.Bucket(name)
	if err != nil {
		return nil, &Wrong{err}
	}
	found, err := b.Check(ctx, progress)
	if err != nil {
		return nil, err
	}
	return &Checked{Checked: *found, Broken: []Fault{}}, nil
}

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

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/runner/bucket"
	"labbook/runner/cache"
)

// farmFile says what there is beyond this machine, beside the pipelines. Nothing of it
// is in a key.
const farmFile = "farm.yaml"

// farm is a place of farm.yaml, by its name there.
type farm struct {
	Cache    string `yaml:"cache" doc:"The bucket in which results are shared: s3://bucket/prefix?region=…&endpoint=…"`
	Database string `yaml:"database" doc:"The PostgreSQL database of the runs and models of this project: postgres://user@host/name, or $NAME of a variable"`
}

// Resolve proves the addresses.
func (f *farm) Resolve() error {
	if err := checkDatabase(f.Database); err != nil {
		return params.FaultOf("database", err)
	}
	if f.Cache == "" && f.Database != "" {
		return nil
	}
	if _, err := bucket.ParseAddress("", f.Cache); err != nil {
		return params.FaultOf("cache", err)
	}
	return nil
}

// cacheOf gives the address of the cache of a place.
func (p *Project) cacheOf(name string) (bucket.Address, error) {
	places, err := placesOf(p.Root)
	if err != nil {
		return bucket.Address{}, err
	}
	if places == nil {
		return bucket.Address{}, diag.New(fmt.Sprintf("there is no %s in %s, and so no %q", farmFile, p.named, name),
			fmt.Sprintf("write one, such as `%s: {cache: \"s3://bucket/prefix?region=eu-central-1\"}`", name))
	}
	f, there := places[name]
	if !there {
		return bucket.Address{}, diag.New(fmt.Sprintf("%s has no %q", farmFile, name), diag.DidYouMean(name, slices.Sorted(maps.Keys(places))))
	}
	if f.Cache == "" {
		return bucket.Address{}, diag.New(fmt.Sprintf("%s: %s has no cache", farmFile, name), "name the bucket in which results are shared: cache: \"s3://bucket/prefix\"")
	}
	return bucket.ParseAddress(name, f.Cache)
}

// placesOf gives what farm.yaml names; nil where there is none.
func placesOf(root string) (map[string]farm, error) {
	data, err := os.ReadFile(filepath.Join(root, farmFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
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
	places := map[string]farm{}
	for _, pair := range written.Pairs {
		var f farm
		faults.Add(params.DecodeAt(pair.Key.Text, pair.Value, &f))
		places[pair.Key.Text] = f
	}
	return places, faults.Err()
}

// Sharing is what Options.Shared of the runner takes.
type Sharing = func(ctx context.Context, lease *cache.Lease, tell func(key string, f notebook.Finding)) cache.Store

// Shared gives what shares results in the cache of a place of farm.yaml. offline asks
// it nothing: what is made is sent by a later run.
func (p *Project) Shared(name string, offline bool) (Sharing, error) {
	at, err := p.cacheOf(name)
	if err != nil {
		return nil, err
	}
	p.alone = offline
	home, err := p.Home()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, lease *cache.Lease, tell func(string, notebook.Finding)) cache.Store {
		store := bucket.Open(ctx, at, p.Cache, bucket.Options{Lease: lease, Offline: offline, Tell: tell})
		if name != home || offline {
			return store
		}
		return published{store, p, tell}
	}, nil
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

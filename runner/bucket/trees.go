package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"labbook/runner/cache"
)

// What a history needs of the bucket is no result of a key: the trees of models, and what
// their services left. Each has a root, an empty object roots/ab/<digest of the tree>,
// written after its blobs; Collect spares what roots name until Drop takes them away.
// Once a week who has a tree looks whether it is there.

// ErrLost marks the errors of trees and blobs that the bucket does not have, or not with
// their bytes.
var ErrLost = errors.New("it is not in the bucket")

func (r *remote) root(digest string) string {
	return r.at.Prefix + "roots/" + digest[:2] + "/" + digest
}

// Publish sends trees of the local cache, and has them stay there. One that is not whole
// here is passed over: another machine has it.
func (b *Bucket) Publish(ctx context.Context, here *cache.Cache, trees []string) error {
	to := cache.DigestOf([]byte(b.remote.at.String()))
	for _, digest := range trees {
		mark := "root " + digest
		if time.Since(here.Sent(to, mark)) < fresh {
			continue
		}
		tree, err := here.Tree(digest)
		if errors.Is(err, cache.ErrLost) {
			continue
		}
		if err != nil {
			return err
		}
		if whole, err := b.sendTree(ctx, here, tree); err != nil || !whole {
			if err != nil {
				return b.explained(err)
			}
			continue
		}
		if err := b.remote.write(ctx, b.remote.root(digest), nil, ""); err != nil && !errors.Is(err, errExists) {
			return b.explained(err)
		}
		here.MarkSent(to, mark)
	}
	return nil
}

// sendTree sends the blobs of a tree that the bucket lacks; whole says whether all of
// them are here.
func (b *Bucket) sendTree(ctx context.Context, here *cache.Cache, tree cache.Tree) (whole bool, err error) {
	for _, ref := range tree.Refs() {
		if here.Prove(ref.Digest, ref.Size) != nil {
			return false, nil
		}
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, ref := range tree.Refs() {
		group.Go(func() error {
			if there, err := b.remote.has(within, ref); err != nil || there {
				return err
			}
			return b.remote.send(within, ref, here.Path(ref.Digest))
		})
	}
	return true, group.Wait()
}

// Bring brings a tree into the local cache. The error is ErrLost where the bucket does
// not have all of it.
func (b *Bucket) Bring(ctx context.Context, here *cache.Cache, lease *cache.Lease, digest string) error {
	list, _, err := b.remote.read(ctx, b.remote.object(digest))
	if err == nil && cache.DigestOf(list) != digest {
		err = errWrong
	}
	if err == nil {
		err = here.Receive(lease, cache.Ref{Digest: digest, Size: int64(len(list))}, bytes.NewReader(list))
	}
	if err != nil {
		return b.lost(digest, err)
	}
	tree, err := here.Tree(digest)
	if err != nil {
		return err
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, ref := range tree.Refs() {
		group.Go(func() error {
			if here.Prove(ref.Digest, ref.Size) == nil {
				return nil
			}
			return b.lost(ref.Digest, b.remote.bring(within, b.remote.object(ref.Digest), func(from io.Reader) error {
				return here.Receive(lease, ref, from)
			}))
		})
	}
	return group.Wait()
}

// lost says of a blob whether it is not there, or could not be asked for.
func (b *Bucket) lost(digest string, err error) error {
	if errors.Is(err, errAbsent) || errors.Is(err, errWrong) || errors.Is(err, cache.ErrBytes) {
		return fmt.Errorf("%s is not sound in %s: %w", digest[:12], b.remote.at.Called(), ErrLost)
	}
	return b.explained(err)
}

// Drop no longer spares trees.
func (b *Bucket) Drop(ctx context.Context, trees []string) error {
	for _, digest := range trees {
		if err := b.remote.remove(ctx, b.remote.root(digest)); err != nil {
			return b.explained(err)
		}
	}
	return nil
}

// rooted adds the names of the blobs that roots name.
func (b *Bucket) rooted(ctx context.Context, names map[string]bool) error {
	roots, err := b.entries(ctx, "roots")
	if err != nil {
		return err
	}
	var mu sync.Mutex
	return b.each(ctx, roots, func(ctx context.Context, e entry) error {
		digest := e.name[len(e.name)-len(cache.DigestOf(nil)):]
		list, _, err := b.remote.read(ctx, b.remote.object(digest))
		if errors.Is(err, errAbsent) {
			return nil
		}
		if err != nil {
			return err
		}
		files, err := cache.DecodeTree(list)
		if err != nil {
			return nil // it is damaged, and names nothing
		}
		mu.Lock()
		defer mu.Unlock()
		for _, ref := range (cache.Tree{Digest: digest, Files: files}).Refs() {
			names[b.remote.object(ref.Digest)] = true
		}
		return nil
	})
}

func (r *remote) page(run string) string {
	id := cache.DigestOf([]byte(run))
	return r.at.Prefix + "pages/" + id[:2] + "/" + id
}

// PutPage keeps the page of a run, in place of one that it had. Collect takes it away when
// it is as old as records may get.
func (b *Bucket) PutPage(ctx context.Context, run string, page []byte) error {
	name := b.remote.page(run)
	there, err := b.remote.stat(ctx, name)
	if err == nil || errors.Is(err, errAbsent) {
		err = b.remote.write(ctx, name, page, there.ETag)
	}
	return b.explained(err)
}

// Page gives the page of a run; nil where there is none.
func (b *Bucket) Page(ctx context.Context, run string) ([]byte, error) {
	page, _, err := b.remote.read(ctx, b.remote.page(run))
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	return page, b.explained(err)
}

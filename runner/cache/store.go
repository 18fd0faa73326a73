package cache

import "context"

// Store keeps records and blobs. The Cache of this machine is one; another may
// keep them elsewhere and bring them here when they are asked for. It is safe
// for concurrent use, also by several processes.
//
// What a store gives is proved: a record is of the key that was asked for, a
// blob has the bytes that its digest says. What it cannot give is a miss with a
// reason in words, never an error for the caller and never other bytes. Adding
// what is there already is no harm, so every call may be made again.
type Store interface {
	// Get gives the record of a key's text. An error is the reason of a miss.
	Get(key string) (*Record, error)
	// Add writes the record of its key, over one that is there. All blobs that it
	// names are in the store.
	Add(r *Record) error

	// Fetch brings every blob of a record here, if it is not, and proves it:
	// until the caller's lease is closed, each is the file at Path. The proofs
	// are in the order of Record.Blobs. An error is the reason of a miss.
	Fetch(ctx context.Context, r *Record) ([]Proof, error)
	// Tree gives the files of a tree whose record was fetched.
	Tree(digest string) (Tree, error)
	// Path gives where the bytes of a fetched blob are. Nobody writes there.
	Path(digest string) string

	// Put stores bytes, Adopt a file that is given away, and Ingest a folder with
	// what is linked into it, as a tree. The lease owns what is not complete yet;
	// sync makes it outlive a power cut.
	Put(lease *Lease, data []byte, sync bool) (digest string, err error)
	Adopt(ctx context.Context, lease *Lease, path string, sync bool) (Ref, error)
	Ingest(ctx context.Context, lease *Lease, dir string, linked []File, sync bool) (Tree, error)
}

var _ Store = (*Cache)(nil)

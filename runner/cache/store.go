package cache

import "context"

// Store is where results are looked for and added: the Cache of this machine, or
// one that shares them with others and brings here what they made. The bytes that
// somebody reads always lie in the Cache of this machine. A store is safe for
// concurrent use, also by several processes.
//
// What a store gives is proved: a record is of the key that was asked for, a
// blob has the bytes that its digest says. What it cannot give is a miss with a
// reason in words, never an error for the caller and never other bytes. Adding
// what is there already is no harm, so every call may be made again.
type Store interface {
	// Get gives the record of a key's text. An error is the reason of a miss.
	Get(key string) (*Record, error)
	// Fetch brings every blob of a record here, if it is not, and proves it:
	// until the caller's lease is closed, each is the file at the Cache's Path. The
	// proofs are in the order of Record.Blobs. An error is the reason of a miss.
	Fetch(ctx context.Context, r *Record) ([]Proof, error)
	// Add writes the record of its key, over one that is there. All blobs that it
	// names are in the Cache. Others may find it later only.
	Add(r *Record) error
	// Flush waits until others find what was added, or ctx ends, or that cannot be.
	Flush(ctx context.Context)
}

var _ Store = (*Cache)(nil)

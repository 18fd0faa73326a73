package text

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// dict numbers byte strings in the order of their first appearance. The zero
// value is empty and ready; it is not safe for concurrent use while it grows.
//
// It is an open-addressing table over one arena, because the vocabulary of a
// corpus is millions of short strings, each of which would cost a Go map a
// header, an allocation and a cache line of its own. A string of up to seven
// bytes, as most words are, is its own key and needs no look at the arena.
type dict struct {
	slots []slot
	arena []byte   // the strings, end to end
	ends  []uint32 // where string id ends in arena
}

// slot is a place in the table; id 0 is empty.
type slot struct {
	key uint64 // see key
	id  int32  // one more than the string's
}

// seed makes the table's layout differ between processes; ids do not depend on it.
var seed = maphash.MakeSeed()

func (d *dict) len() int { return len(d.ends) }

func (d *dict) at(id int32) []byte {
	start := uint32(0)
	if id > 0 {
		start = d.ends[id-1]
	}
	return d.arena[start:d.ends[id]]
}

// long is set in the keys of strings that are more than their key.
const long = 1 << 63

// key gives the string itself and its length if it is short, else its hash.
func key(s []byte) uint64 {
	if len(s) > 7 {
		return maphash.Bytes(seed, s) | long
	}
	var b [8]byte
	copy(b[:7], s)
	b[7] = byte(len(s))
	return binary.LittleEndian.Uint64(b[:])
}

// find gives the id of s, or -1.
func (d *dict) find(s []byte) int32 {
	if len(d.slots) == 0 {
		return -1
	}
	id, _ := d.probe(s, key(s))
	return id
}

// add gives the id of s, a new one if s was not there.
func (d *dict) add(s []byte) int32 {
	if full(len(d.ends), len(d.slots)) {
		d.resize(larger(len(d.slots)))
	}
	k := key(s)
	id, free := d.probe(s, k)
	if id < 0 {
		id = int32(len(d.ends))
		d.arena = append(d.arena, s...)
		d.ends = append(d.ends, uint32(len(d.arena)))
		d.slots[free] = slot{k, id + 1}
	}
	return id
}

// probe gives the id of s or -1, and the slot where it is or would go.
func (d *dict) probe(s []byte, k uint64) (int32, uint64) {
	mask := uint64(len(d.slots) - 1)
	for i := mix(k) & mask; ; i = (i + 1) & mask {
		e := d.slots[i&uint64(len(d.slots)-1)]
		if e.id == 0 {
			return -1, i
		}
		if e.key == k && (k&long == 0 || string(d.at(e.id-1)) == string(s)) {
			return e.id - 1, i
		}
	}
}

// reserve makes room for n strings in all.
func (d *dict) reserve(n int) {
	if size := room(n); size > len(d.slots) {
		d.resize(size)
	}
}

// full says that a table with n entries is to grow before it takes another: more
// than two thirds would make long probes, and less costs memory.
func full(n, slots int) bool { return 3*n >= 2*slots }

// larger gives the size, a power of two, of the table after one of that size.
func larger(slots int) int { return max(1024, 2*slots) }

// room gives the size of a table that is not full with n entries.
func room(n int) int { return 1 << bits.Len(uint(max(1023, 3*n/2))) }

func (d *dict) resize(size int) {
	old := d.slots
	d.slots = make([]slot, size)
	mask := uint64(size - 1)
	for _, e := range old {
		if e.id == 0 {
			continue
		}
		i := mix(e.key) & mask
		for d.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = e
	}
}

// pairs numbers pairs of ids in the order of their first appearance; see dict.
type pairs struct {
	slots []slot // the key is parent<<32 | token, +1
	n     int
}

func pairKey(parent, token int32) uint64 { return uint64(parent)<<32 | uint64(uint32(token)) + 1 }

// find gives the number of the pair, or -1.
func (p *pairs) find(parent, token int32) int32 {
	if len(p.slots) == 0 {
		return -1
	}
	k, mask := pairKey(parent, token), uint64(len(p.slots)-1)
	for i := mix(k) & mask; ; i = (i + 1) & mask {
		switch e := p.slots[i]; e.key {
		case k:
			return e.id
		case 0:
			return -1
		}
	}
}

// findAll puts the number of the pair (parents[i], tokens[i]) in the place of
// each parent. It first touches the slots of several pairs, so that their
// memory is waited for at once.
func (p *pairs) findAll(parents, tokens []int32) {
	if len(p.slots) == 0 {
		for i := range parents {
			parents[i] = none
		}
		return
	}
	const together = 16
	var keys [together]uint64
	slots, mask := p.slots, uint64(len(p.slots)-1)
	for len(parents) > 0 {
		n := min(together, len(parents))
		for i, parent := range parents[:n] {
			k := pairKey(parent, tokens[i])
			keys[i] = slots[mix(k)&mask].key
		}
		for i, parent := range parents[:n] {
			switch {
			case parent < 0 || tokens[i] < 0 || keys[i] == 0:
				parents[i] = none
			default:
				parents[i] = p.find(parent, tokens[i])
			}
		}
		parents, tokens = parents[n:], tokens[n:]
	}
}

// add gives the number of the pair, and next for a new one.
func (p *pairs) add(parent, token, next int32) int32 {
	if full(p.n, len(p.slots)) {
		p.resize(larger(len(p.slots)))
	}
	k, mask := pairKey(parent, token), uint64(len(p.slots)-1)
	i := mix(k) & mask
	for ; p.slots[i].key != 0; i = (i + 1) & mask {
		if p.slots[i].key == k {
			return p.slots[i].id
		}
	}
	p.slots[i] = slot{k, next}
	p.n++
	return next
}

// reserve makes room for n pairs in all.
func (p *pairs) reserve(n int) {
	if size := room(n); size > len(p.slots) {
		p.resize(size)
	}
}

func (p *pairs) resize(size int) {
	old := p.slots
	p.slots = make([]slot, size)
	mask := uint64(size - 1)
	for _, e := range old {
		if e.key == 0 {
			continue
		}
		i := mix(e.key) & mask
		for p.slots[i].key != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = e
	}
}

// mix spreads a key over all bits: the finaliser of splitmix64 (Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

package text

import (
	"hash/maphash"
	"math/bits"
)

// dict numbers byte strings in the order of their first appearance. The zero
// value is empty and ready; it is not safe for concurrent use while it grows.
//
// It is an open-addressing table over one arena, because the vocabulary of a
// corpus is millions of short strings, each of which would cost a Go map a
// header, an allocation and a cache line of its own.
type dict struct {
	slots []uint64 // 0 is empty; else the hash's upper half, then id+1
	arena []byte   // the strings, end to end
	ends  []uint32 // where string id ends in arena
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

// find gives the id of s, or -1.
func (d *dict) find(s []byte) int32 {
	if len(d.slots) == 0 {
		return -1
	}
	id, _ := d.probe(s, maphash.Bytes(seed, s))
	return id
}

// add gives the id of s, a new one if s was not there.
func (d *dict) add(s []byte) int32 {
	if len(d.ends)*2 >= len(d.slots) {
		d.grow()
	}
	h := maphash.Bytes(seed, s)
	id, slot := d.probe(s, h)
	if id < 0 {
		id = int32(len(d.ends))
		d.arena = append(d.arena, s...)
		d.ends = append(d.ends, uint32(len(d.arena)))
		d.slots[slot] = h&^uint64(1<<32-1) | uint64(id+1)
	}
	return id
}

// probe gives the id of s or -1, and the slot where it is or would go.
func (d *dict) probe(s []byte, h uint64) (int32, uint64) {
	mask := uint64(len(d.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := d.slots[i]
		if e == 0 {
			return -1, i
		}
		if e>>32 == h>>32 {
			if id := int32(uint32(e)) - 1; string(d.at(id)) == string(s) {
				return id, i
			}
		}
	}
}

func (d *dict) grow() { d.resize(max(1024, 4*len(d.slots))) }

// reserve makes room for n strings in all.
func (d *dict) reserve(n int) {
	if size := room(n); size > len(d.slots) {
		d.resize(size)
	}
}

// room gives the size of a table, a power of two, that n entries fill to a half
// at most.
func room(n int) int { return 2 << bits.Len(uint(max(n, 512))) }

func (d *dict) resize(size int) {
	d.slots = make([]uint64, size)
	mask := uint64(len(d.slots) - 1)
	for id := range int32(len(d.ends)) {
		h := maphash.Bytes(seed, d.at(id))
		i := h & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = h&^uint64(1<<32-1) | uint64(id+1)
	}
}

// pairs numbers pairs of ids in the order of their first appearance; see dict.
type pairs struct {
	keys []uint64 // parent<<32 | token, +1
	ids  []int32
	n    int
}

// find gives the number of the pair, or -1.
func (p *pairs) find(parent, token int32) int32 {
	if len(p.keys) == 0 {
		return -1
	}
	key := uint64(parent)<<32 | uint64(uint32(token)) + 1
	mask := uint64(len(p.keys) - 1)
	for i := mix(key) & mask; ; i = (i + 1) & mask {
		switch p.keys[i] {
		case key:
			return p.ids[i]
		case 0:
			return -1
		}
	}
}

// add gives the number of the pair, and next for a new one.
func (p *pairs) add(parent, token, next int32) int32 {
	if p.n*2 >= len(p.keys) {
		p.grow()
	}
	key := uint64(parent)<<32 | uint64(uint32(token)) + 1
	mask := uint64(len(p.keys) - 1)
	i := mix(key) & mask
	for ; p.keys[i] != 0; i = (i + 1) & mask {
		if p.keys[i] == key {
			return p.ids[i]
		}
	}
	p.keys[i], p.ids[i] = key, next
	p.n++
	return next
}

func (p *pairs) grow() { p.resize(max(1024, 4*len(p.keys))) }

// reserve makes room for n pairs in all.
func (p *pairs) reserve(n int) {
	if size := room(n); size > len(p.keys) {
		p.resize(size)
	}
}

func (p *pairs) resize(size int) {
	keys, ids := p.keys, p.ids
	p.keys, p.ids = make([]uint64, size), make([]int32, size)
	mask := uint64(size - 1)
	for j, key := range keys {
		if key == 0 {
			continue
		}
		i := mix(key) & mask
		for p.keys[i] != 0 {
			i = (i + 1) & mask
		}
		p.keys[i], p.ids[i] = key, ids[j]
	}
}

// mix spreads a key over all bits: the finaliser of splitmix64 (Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

package wire

import "math"

// Reader takes a form apart. After a failure everything it gives is zero and
// nothing is left, so a decoder may go on to its end and ask Done there.
type Reader[T string | []byte] struct {
	rest   T
	failed bool
}

// Read reads a form, with which what it gives shares memory: all but the texts
// of a form of bytes, which are copies.
func Read[T string | []byte](form T) *Reader[T] { return &Reader[T]{rest: form} }

// Failed reports whether something was not well formed.
func (r *Reader[T]) Failed() bool { return r.failed }

// Done reports whether everything was well formed and nothing is left.
func (r *Reader[T]) Done() bool { return !r.failed && len(r.rest) == 0 }

// Fail makes the form one that is not well formed.
func (r *Reader[T]) Fail() { r.rest, r.failed = r.rest[:0], true }

// Int reads a number that is not negative.
func (r *Reader[T]) Int() int {
	var v uint64
	for i := 0; i < len(r.rest) && i < 10; i++ {
		c := r.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if int(v) < 0 {
				break
			}
			r.rest = r.rest[i+1:]
			return int(v)
		}
	}
	r.Fail()
	return 0
}

// Count reads how many things of at least size bytes each follow. More than
// can be there is a failure, so the result may be allocated.
func (r *Reader[T]) Count(size int) int {
	n := r.Int()
	if n > len(r.rest)/size {
		r.Fail()
		return 0
	}
	return n
}

// Below reads an index into something of n members. It is 0 also after a
// failure, when there may be none: ask Failed before it is used.
func (r *Reader[T]) Below(n int) int {
	i := r.Int()
	if i >= n {
		r.Fail()
		return 0
	}
	return i
}

// Raw reads n bytes; after a failure there are none.
func (r *Reader[T]) Raw(n int) T {
	if n > len(r.rest) {
		r.Fail()
		return r.rest
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// Sized reads bytes that have their number before them.
func (r *Reader[T]) Sized() T { return r.Raw(r.Count(1)) }

// Text reads a text.
func (r *Reader[T]) Text() string { return string(r.Sized()) }

// Texts reads a list of texts, nil when it is empty.
func (r *Reader[T]) Texts() []string {
	n := r.Count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.Text()
	}
	return list
}

// Bool reads a byte that is 0 or 1.
func (r *Reader[T]) Bool() bool {
	s := r.Raw(1)
	if len(s) == 0 || s[0] > 1 {
		r.Fail()
		return false
	}
	return s[0] == 1
}

// Uint64 reads 8 bytes.
func (r *Reader[T]) Uint64() uint64 {
	s := r.Raw(8)
	if len(s) == 0 {
		return 0
	}
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Float reads a number in the 8 bytes of IEEE 754.
func (r *Reader[T]) Float() float64 { return math.Float64frombits(r.Uint64()) }

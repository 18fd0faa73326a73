package pipeline

import (
	"encoding/binary"

	"labbook/internal/tree"
)

// writer appends the compiled form.
type writer struct{ bytes []byte }

func (w *writer) int(v int) { w.bytes = binary.AppendUvarint(w.bytes, uint64(v)) }

func (w *writer) string(s string) {
	w.int(len(s))
	w.bytes = append(w.bytes, s...)
}

func (w *writer) strings(list []string) {
	w.int(len(list))
	for _, s := range list {
		w.string(s)
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// reader reads the compiled form. Its texts share the one it was given. After
// a failure everything it gives is zero.
type reader struct {
	text   string
	failed bool
	files  []*tree.File
}

func (r *reader) fail() int {
	r.failed, r.text = true, ""
	return 0
}

func (r *reader) int() int {
	var x uint64
	for i := 0; i < len(r.text) && i < 10; i++ {
		c := r.text[i]
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.text = r.text[i+1:]
			return int(x)
		}
	}
	return r.fail()
}

// count reads a number of things that take at least size bytes each.
func (r *reader) count(size int) int {
	n := r.int()
	if n < 0 || n > len(r.text)/size {
		return r.fail()
	}
	return n
}

// below reads an index into something with n members.
func (r *reader) below(n int) int {
	i := r.int()
	if i < 0 || i >= n {
		return r.fail()
	}
	return i
}

func (r *reader) string() string {
	n := r.count(1)
	s := r.text[:n]
	r.text = r.text[n:]
	return s
}

func (r *reader) strings() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.string()
	}
	return list
}

package wire

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const magic = "test 1\n"

func sample() []byte {
	w := Writer(magic)
	w.Int(0)
	w.Int(math.MaxInt)
	w.Text("naïve\x00")
	w.Texts([]string{"", "b"})
	w.Texts(nil)
	w.Bool(true)
	w.Bool(false)
	w.Uint64(7)
	w.Raw([]byte{1, 2})
	return w.Seal()
}

func TestReadsWhatWasWritten(t *testing.T) {
	r, ok := Unseal(sample(), magic)
	require.True(t, ok)
	assert.Equal(t, 0, r.Int())
	assert.Equal(t, math.MaxInt, r.Int())
	assert.Equal(t, "naïve\x00", r.Text())
	assert.Equal(t, []string{"", "b"}, r.Texts())
	assert.Nil(t, r.Texts())
	assert.True(t, r.Bool())
	assert.False(t, r.Bool())
	assert.Equal(t, uint64(7), r.Uint64())
	assert.False(t, r.Done(), "two bytes are left")
	assert.Equal(t, "\x01\x02", r.Raw(2))
	assert.True(t, r.Done())
}

func TestUnsealNoticesEveryFlippedBit(t *testing.T) {
	for i := range sample() {
		data := sample()
		data[i] ^= 4
		_, ok := Unseal(data, magic)
		assert.False(t, ok, "byte %d", i)
	}
	for n := range sample() {
		_, ok := Unseal(sample()[:n], magic)
		assert.False(t, ok, "the first %d bytes", n)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		form string
		read func(r *Reader[string]) any
	}{
		{"a number cut short", "\xff\xff", func(r *Reader[string]) any { return r.Int() }},
		{"a number of 11 bytes", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", func(r *Reader[string]) any { return r.Int() }},
		{"a negative number", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", func(r *Reader[string]) any { return r.Int() }},
		{"more things than there are bytes", "\x03aaaaa", func(r *Reader[string]) any { return r.Count(2) }},
		{"an index beyond", "\x03", func(r *Reader[string]) any { return r.Below(3) }},
		{"a text cut short", "\x03ab", func(r *Reader[string]) any { return len(r.Text()) }},
		{"neither true nor false", "\x02", func(r *Reader[string]) any { r.Bool(); return 0 }},
		{"eight bytes cut short", "1234567", func(r *Reader[string]) any { return int(r.Uint64()) }},
	} {
		r := Read(c.form)
		assert.Equal(t, 0, c.read(r), c.name)
		assert.True(t, r.Failed(), c.name)
		assert.Empty(t, r.rest, c.name)
		assert.False(t, r.Done(), c.name)
		assert.Equal(t, 0, r.Int(), c.name)
	}
}

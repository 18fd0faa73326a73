package arrowipc

import "encoding/binary"

// flat reads a FlatBuffer. What does not lie within it sets broken; places are
// offsets into data, 0 is nothing.
type flat struct {
	data   []byte
	broken bool
	steps  int
}

// long reads 8 bytes of a table's field, 0 where it is left out.
func (f *flat) long(table, slot int) int64 {
	at := f.field(table, slot)
	if at == 0 {
		return 0
	}
	if at > len(f.data)-8 {
		f.broken = true
		return 0
	}
	return int64(binary.LittleEndian.Uint64(f.data[at:]))
}

// number reads 4 bytes, or 2, at a place.
func (f *flat) number(at, width int) int {
	if at < 0 || at > len(f.data)-width {
		f.broken = true
		return 0
	}
	if width == 2 {
		return int(binary.LittleEndian.Uint16(f.data[at:]))
	}
	return int(binary.LittleEndian.Uint32(f.data[at:]))
}

// root gives the place of the outermost table.
func (f *flat) root() int { return f.number(0, 4) }

// field gives the place of a table's field, 0 where it is left out.
func (f *flat) field(table, slot int) int {
	// Each table that is visited is a step, so that shared ones cannot multiply.
	if f.steps++; f.steps > len(f.data) {
		f.broken = true
	}
	if table == 0 || f.broken {
		return 0
	}
	vtable := table - int(int32(f.number(table, 4)))
	length := f.number(vtable, 2)
	if entry := 4 + 2*slot; !f.broken && entry+2 <= length {
		if offset := f.number(vtable+entry, 2); offset > 0 {
			return table + offset
		}
	}
	return 0
}

// child gives the place of the table that a field refers to.
func (f *flat) child(table, slot int) int {
	at := f.field(table, slot)
	if at == 0 {
		return 0
	}
	to := at + f.number(at, 4)
	f.number(to, 4)
	return to
}

// scalar gives a field of one byte.
func (f *flat) scalar(table, slot int) byte {
	at := f.field(table, slot)
	if at == 0 || at >= len(f.data) {
		return 0
	}
	return f.data[at]
}

// vector gives the place and the number of a vector's elements.
func (f *flat) vector(table, slot, width int) (start, n int) {
	at := f.child(table, slot)
	if at == 0 {
		return 0, 0
	}
	n = f.number(at, 4)
	if f.broken || n > (len(f.data)-at-4)/width {
		f.broken = true
		return 0, 0
	}
	return at + 4, n
}

// structs gives a vector's elements that have a fixed width.
func (f *flat) structs(table, slot, width int) (all [][]byte) {
	start, n := f.vector(table, slot, width)
	for i := range n {
		all = append(all, f.data[start+i*width:start+(i+1)*width])
	}
	return all
}

// tables gives the places of a vector's tables.
func (f *flat) tables(table, slot int) (all []int) {
	start, n := f.vector(table, slot, 4)
	for i := range n {
		at := start + 4*i
		all = append(all, at+f.number(at, 4))
	}
	return all
}

// pairs walks a vector of keys with values.
func (f *flat) pairs(table, slot int) {
	for _, pair := range f.tables(table, slot) {
		f.vector(pair, 0, 1)
		f.vector(pair, 1, 1)
	}
}

// schema walks a Schema; fields walks the Fields of a table, with their children.
func (f *flat) schema(table int) {
	f.fields(table, 1, 0)
	f.pairs(table, 2)
	f.vector(table, 3, 8)
}

func (f *flat) fields(table, slot, depth int) {
	const deepest = 64
	if depth > deepest {
		f.broken = true
	}
	if f.broken {
		return
	}
	for _, field := range f.tables(table, slot) {
		f.vector(field, 0, 1)
		f.child(field, 3)
		f.child(f.child(field, 4), 1)
		f.fields(field, 5, depth+1)
		f.pairs(field, 6)
	}
}

package boosting

import "golang.org/x/sys/cpu"

var hasEights = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT

// sideOrders has, for the sides of eight rows as bits, the first row's the highest,
// the order in which they are written.
var sideOrders = func() (all [256][8]uint8) {
	for sides := range all {
		front, back := 0, 7
		for i := range uint8(8) {
			if sides>>(7-i)&1 == 0 {
				all[sides][front] = i
				front++
			} else {
				all[sides][back] = i
				back--
			}
		}
	}
	return all
}()

// eights parts rows as dense.part does, eight at a time, while there is room for
// eight at either end. It says how many of the rows are parted, and how many of
// these went to the front. bins is the bin of row 0; those of the others follow,
// or, of a tile, one in 16.
func eights(into, rows []uint32, bins *uint8, tile bool, side []uint8) (front, done int) {
	n := len(rows)/8 - 1
	if n <= 0 || !hasEights {
		return 0, 0
	}
	by := eightsByColumn
	if tile {
		by = eightsByTile
	}
	return by(&into[0], len(into)-1, &rows[0], n, bins, &side[0], &sideOrders), 8 * n
}

//go:noescape
func eightsByColumn(into *uint32, back int, rows *uint32, eights int, bins, side *uint8, orders *[256][8]uint8) int

//go:noescape
func eightsByTile(into *uint32, back int, rows *uint32, eights int, bins, side *uint8, orders *[256][8]uint8) int

#include "textflag.h"

// SIDE reads a row and its bin, which lies at the row's number or at 16 times
// that, and appends the bin's side to M.
#define SIDE(i, SHIFT, R, M) \
	MOVL    (4*i)(SI), R; \
	SHIFT(R); \
	MOVBLZX (DI)(R*1), R; \
	MOVBLZX (R8)(R*1), R; \
	LEAQ    (R)(M*2), M

#define COLUMN(R)
#define TILE(R) SHLQ $4, R

// EIGHTS puts eight rows a step in the order of their sides, those that go right
// last and the other way round, and writes them to both ends of what is left of
// into, of which the next step writes what is not theirs.
#define EIGHTS(SHIFT) \
	MOVQ into+0(FP), AX; \
	MOVQ back+8(FP), DX; \
	MOVQ rows+16(FP), SI; \
	MOVQ eights+24(FP), CX; \
	MOVQ bins+32(FP), DI; \
	MOVQ side+40(FP), R8; \
	MOVQ orders+48(FP), R9; \
	XORL BX, BX; \
loop: \
	XORL R10, R10; \
	XORL R11, R11; \
	SIDE(0, SHIFT, R12, R10); \
	SIDE(4, SHIFT, R13, R11); \
	SIDE(1, SHIFT, R12, R10); \
	SIDE(5, SHIFT, R13, R11); \
	SIDE(2, SHIFT, R12, R10); \
	SIDE(6, SHIFT, R13, R11); \
	SIDE(3, SHIFT, R12, R10); \
	SIDE(7, SHIFT, R13, R11); \
	SHLQ $4, R10; \
	ORQ  R11, R10; \
	VMOVDQU (SI), Y0; \
	VPMOVZXBD (R9)(R10*8), Y1; \
	VPERMD Y0, Y1, Y0; \
	VMOVDQU Y0, (AX)(BX*4); \
	VMOVDQU Y0, -28(AX)(DX*4); \
	POPCNTQ R10, R10; \
	SUBQ R10, DX; \
	SUBQ R10, BX; \
	ADDQ $8, BX; \
	ADDQ $32, SI; \
	DECQ CX; \
	JNZ  loop; \
	VZEROUPPER; \
	MOVQ BX, ret+56(FP); \
	RET

// func eightsByColumn(into *uint32, back int, rows *uint32, eights int, bins, side *uint8, orders *[256][8]uint8) int
TEXT ·eightsByColumn(SB), NOSPLIT, $0-64
	EIGHTS(COLUMN)

// func eightsByTile(into *uint32, back int, rows *uint32, eights int, bins, side *uint8, orders *[256][8]uint8) int
TEXT ·eightsByTile(SB), NOSPLIT, $0-64
	EIGHTS(TILE)

package matrix

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"labbook/internal/base/mapped"
)

// Labelled is a matrix with the target of each row: what the features kind
// leaves for training.
type Labelled struct {
	X       *Matrix
	Y       []float64
	Classes []string // nil for a regression
}

// The file form: the magic, the length of a JSON header (uint32), the header,
// then for a dense X block after block of rows, each column by column, for a
// sparse one indptr (uint64), indices (uint32) and data (float64), and for one of
// views what each of them has, in their order; last Y. All numbers are
// little-endian. A byte before each column of a block says how its
// values are held.
const (
	magic     = "lbm1"
	asFloat64 = 0
	asUint8   = 1 // whole numbers from 0 to 255, as 0/1 columns and codes are

	blockRows = 2048 // so that a block stays in the cache while its columns are gathered
)

type header struct {
	Rows    int      `json:"rows"`
	Cols    int      `json:"cols"`
	Names   []string `json:"names"`
	Levels  []int    `json:"levels,omitempty"`
	Classes []string `json:"classes,omitempty"`
	Sparse  bool     `json:"sparse,omitempty"`
	Stored  int      `json:"stored,omitempty"` // values of a sparse matrix
	View    string   `json:"view,omitempty"`   // its name, of one of Views
	Views   []header `json:"views,omitempty"`
}

// Write writes the file form: equal contents give equal bytes.
func (l *Labelled) Write(w io.Writer) error {
	return l.write(w, func(out *bufio.Writer) error {
		writeMatrix(out, l.X)
		return nil
	})
}

// WriteMade is Write where X is dense and its values are not there yet: fill gives
// those of the rows from lo to hi, row by row, and no more are ever in memory.
func (l *Labelled) WriteMade(w io.Writer, fill func(dst []float64, lo, hi int) error) error {
	return l.write(w, func(out *bufio.Writer) error {
		block, scratch := make([]float64, min(blockRows, l.X.Rows)*l.X.Cols), []byte(nil)
		for lo := 0; lo < l.X.Rows; lo += blockRows {
			hi := min(lo+blockRows, l.X.Rows)
			rows := block[:(hi-lo)*l.X.Cols]
			clear(rows)
			if err := fill(rows, lo, hi); err != nil {
				return err
			}
			scratch = writeBlock(out, rows, l.X.Cols, scratch)
		}
		return nil
	})
}

func (l *Labelled) write(w io.Writer, values func(*bufio.Writer) error) error {
	h := headerOf(l.X)
	h.Classes = l.Classes
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(magic)
	binary.Write(out, binary.LittleEndian, uint32(len(head)))
	out.Write(head)
	if err := values(out); err != nil {
		return err
	}
	writeFloats(out, l.Y)
	return out.Flush()
}

func headerOf(x *Matrix) header {
	h := header{Rows: x.Rows, Cols: x.Cols, Names: x.Names, Levels: x.Levels}
	if x.Sparse != nil {
		h.Sparse, h.Stored = true, x.Stored()
	}
	for _, v := range x.Views {
		own := headerOf(v.Matrix)
		own.View = v.Name
		h.Views = append(h.Views, own)
	}
	if x.Views != nil {
		h.Names = nil // which the views say
	}
	return h
}

func writeMatrix(out *bufio.Writer, x *Matrix) {
	for _, v := range x.Views {
		writeMatrix(out, v.Matrix)
	}
	if x.Sparse != nil {
		writeSparse(out, x)
	}
	var scratch []byte
	for lo := 0; lo < x.Rows && x.Dense != nil; lo += blockRows {
		scratch = writeBlock(out, x.Dense[lo*x.Cols:min(lo+blockRows, x.Rows)*x.Cols], x.Cols, scratch)
	}
}

// writeBlock writes a block of rows, and gives the scratch that it used.
func writeBlock(out *bufio.Writer, block []float64, cols int, scratch []byte) []byte {
	for j := range cols {
		scratch = appendColumn(scratch[:0], block, j, cols)
		out.Write(scratch)
	}
	return scratch
}

func writeSparse(out *bufio.Writer, x *Matrix) {
	end := 0
	for i := range x.Rows + 1 {
		out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), uint64(end)))
		if i < x.Rows {
			lo, hi := x.Sparse.Span(i)
			end += hi - lo
		}
	}
	for i := range x.Rows {
		columns, _ := x.SparseRow(i)
		for _, j := range columns {
			out.Write(binary.LittleEndian.AppendUint32(out.AvailableBuffer(), uint32(j)))
		}
	}
	for i := range x.Rows {
		_, values := x.SparseRow(i)
		writeFloats(out, values)
	}
}

func writeFloats(out *bufio.Writer, values []float64) {
	for _, v := range values {
		out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), math.Float64bits(v)))
	}
}

// appendColumn appends column j of a block and the byte before it.
func appendColumn(b []byte, block []float64, j, cols int) []byte {
	small := true
	for at := j; at < len(block) && small; at += cols {
		v := block[at]
		small = v >= 0 && v <= 255 && v == float64(uint8(v)) && !math.Signbit(v)
	}
	if small {
		b = append(b, asUint8)
		for at := j; at < len(block); at += cols {
			b = append(b, uint8(block[at]))
		}
		return b
	}
	b = append(b, asFloat64)
	for at := j; at < len(block); at += cols {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(block[at]))
	}
	return b
}

// errShort says that a file ends before what its header announces.
var errShort = errors.New("matrix: the file is cut short")

var errContradicts = errors.New("matrix: the header contradicts itself")

// DecodeLabelled reads the file form. It survives any bytes, and needs memory
// in proportion to their number.
func DecodeLabelled(data []byte) (*Labelled, error) { return DecodeIn(data, nil) }

// DecodeIn is DecodeLabelled of which dense values and outcomes lie in a room.
func DecodeIn(data []byte, room *mapped.Room) (*Labelled, error) {
	h, rest, err := decodeHeader(data)
	if err != nil {
		return nil, err
	}
	x, rest, err := decodeMatrix(h, rest, room)
	if err != nil {
		return nil, err
	}
	if len(rest) != 8*h.Rows {
		return nil, errShort
	}
	return &Labelled{X: x, Y: floats(rest, room), Classes: h.Classes}, nil
}

// Head is the beginning of a matrix in a file.
type Head struct {
	Rows, Cols int // of the whole
	Classes    []string
	// First has the first rows of one that is dense and has no views, with their
	// outcomes; else it is nil.
	First *Labelled
}

// ReadHead reads what a matrix in a file of so many bytes is, and at most so many of its
// rows, up to a block; of the rest nothing. As DecodeLabelled it survives any bytes.
func ReadHead(r io.ReaderAt, size int64, rows int) (*Head, error) {
	begin := make([]byte, 8)
	if _, err := r.ReadAt(begin, 0); err != nil {
		return nil, errShort
	}
	n := int64(binary.LittleEndian.Uint32(begin[4:]))
	if n > size-8 {
		return nil, errShort
	}
	data := make([]byte, 8+n)
	if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	h, err := readHeader(data, int(size-8-n))
	if err != nil {
		return nil, err
	}
	head := &Head{Rows: h.Rows, Cols: h.Cols, Classes: h.Classes}
	block := min(h.Rows, blockRows)
	if rows = min(rows, block); h.Sparse || h.Views != nil || rows == 0 {
		return head, nil
	}
	if h.Cols > 0 && int64(h.Rows) > size/int64(h.Cols) { // each value needs a byte
		return nil, errShort
	}
	values := make([]byte, min(size-8-n, int64(h.Cols)*int64(1+8*block)))
	outcomes := make([]byte, 8*rows)
	if _, err := r.ReadAt(values, 8+n); err != nil && err != io.EOF {
		return nil, err
	}
	if _, err := r.ReadAt(outcomes, size-8*int64(h.Rows)); err != nil && err != io.EOF {
		return nil, err
	}
	h.Rows = block
	dense, _, err := decodeDense(h, values, nil)
	if err != nil {
		return nil, err
	}
	head.First = &Labelled{X: &Matrix{Rows: rows, Cols: h.Cols, Names: h.Names, Levels: h.Levels, Dense: dense[: rows*h.Cols : rows*h.Cols]},
		Y: floats(outcomes, nil), Classes: h.Classes}
	return head, nil
}

// decodeMatrix reads what writeMatrix wrote, and gives what comes after it.
func decodeMatrix(h header, rest []byte, room *mapped.Room) (*Matrix, []byte, error) {
	x := &Matrix{Rows: h.Rows, Cols: h.Cols, Names: h.Names, Levels: h.Levels, room: room}
	var err error
	switch {
	case h.Views != nil:
		views := make([]View, len(h.Views))
		for k, own := range h.Views {
			views[k].Name = own.View
			if views[k].Matrix, rest, err = decodeMatrix(own, rest, room); err != nil {
				return nil, nil, err
			}
		}
		x = Join(views)
	case h.Sparse:
		x.Sparse, rest, err = decodeSparse(h, rest)
	default:
		x.Dense, rest, err = decodeDense(h, rest, room)
	}
	return x, rest, err
}

func decodeHeader(data []byte) (h header, rest []byte, err error) {
	if len(data) < 8 || string(data[:4]) != magic {
		return h, nil, errors.New("matrix: not a matrix file")
	}
	n := int64(binary.LittleEndian.Uint32(data[4:]))
	if n > int64(len(data)-8) {
		return h, nil, errShort
	}
	rest = data[8+n:]
	h, err = readHeader(data[:8+n], len(rest))
	return h, rest, err
}

// readHeader reads the magic, the length and the header, before so many bytes.
func readHeader(data []byte, rest int) (h header, err error) {
	if string(data[:4]) != magic {
		return h, errors.New("matrix: not a matrix file")
	}
	if err := json.Unmarshal(data[8:], &h); err != nil {
		return h, fmt.Errorf("matrix: header: %w", err)
	}
	return h, h.check(rest)
}

// check says what keeps a header from being one, before so many bytes.
func (h *header) check(bytes int) error {
	cols := 0
	for i := range h.Views {
		v := &h.Views[i]
		if v.Views != nil || v.Rows != h.Rows || v.View == "" {
			return errContradicts
		}
		if err := v.check(bytes); err != nil {
			return err
		}
		cols += v.Cols
	}
	switch {
	case h.Views != nil && (len(h.Views) == 0 || h.Cols != cols || h.Names != nil || h.Levels != nil || h.Sparse),
		h.Views == nil && len(h.Names) != h.Cols,
		h.Rows < 0 || h.Cols < 0 || h.Stored < 0 || h.Levels != nil && len(h.Levels) != h.Cols:
		return errContradicts
	case h.Rows > bytes/8 || h.Stored > bytes/8: // Y alone needs that
		return errShort
	}
	return nil
}

func decodeDense(h header, rest []byte, room *mapped.Room) ([]float64, []byte, error) {
	if h.Cols > 0 && h.Rows > len(rest)/h.Cols { // each value needs a byte
		return nil, nil, errShort
	}
	dense := mapped.Make[float64](room, h.Rows*h.Cols)
	for lo := 0; lo < h.Rows; lo += blockRows {
		block := dense[lo*h.Cols : min(lo+blockRows, h.Rows)*h.Cols]
		for j := range h.Cols {
			var ok bool
			if rest, ok = readColumn(block, rest, j, h.Cols); !ok {
				return nil, nil, errShort
			}
		}
	}
	return dense, rest, nil
}

// readColumn fills column j of a block and gives what comes after it.
func readColumn(block []float64, rest []byte, j, cols int) ([]byte, bool) {
	rows := len(block) / cols
	if len(rest) == 0 {
		return nil, false
	}
	form, rest := rest[0], rest[1:]
	switch {
	case form == asUint8 && len(rest) >= rows:
		for i, v := range rest[:rows] {
			block[i*cols+j] = float64(v)
		}
		return rest[rows:], true
	case form == asFloat64 && len(rest)/8 >= rows:
		for i := range rows {
			block[i*cols+j] = math.Float64frombits(binary.LittleEndian.Uint64(rest[8*i:]))
		}
		return rest[8*rows:], true
	}
	return nil, false
}

func decodeSparse(h header, rest []byte) (*CSR, []byte, error) {
	if len(rest)/8 < h.Rows+1 || len(rest)-8*(h.Rows+1) < 12*h.Stored {
		return nil, nil, errShort
	}
	s := &CSR{Indptr: make([]int, h.Rows+1), Indices: make([]int32, h.Stored)}
	for i := range s.Indptr {
		s.Indptr[i] = int(binary.LittleEndian.Uint64(rest[8*i:]))
	}
	rest = rest[8*len(s.Indptr):]
	for i := range s.Indices {
		s.Indices[i] = int32(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	rest = rest[4*h.Stored:]
	s.Data = floats(rest[:8*h.Stored], nil)
	if s.Indptr[0] != 0 || s.Indptr[h.Rows] != h.Stored {
		return nil, nil, errors.New("matrix: the rows do not span the stored values")
	}
	for i := range h.Rows {
		lo, hi := s.Indptr[i], s.Indptr[i+1]
		if lo > hi || hi > h.Stored {
			return nil, nil, fmt.Errorf("matrix: row %d ends before it begins", i)
		}
		last := int32(-1)
		for _, j := range s.Indices[lo:hi] {
			if j <= last || int(j) >= h.Cols {
				return nil, nil, fmt.Errorf("matrix: the columns of row %d do not ascend", i)
			}
			last = j
		}
	}
	return s, rest[8*h.Stored:], nil
}

func floats(b []byte, room *mapped.Room) []float64 {
	out := mapped.Make[float64](room, len(b)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return out
}

package table

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// oldMagic begins the files that tables were kept in until November 2026: the
// magic line, the length of the header as a uvarint, the header as JSON, and
// then the values of column after column:
//
//	number, date  see numbers
//	category      code+1 in 1, 2 or 4 bytes, as the number of levels needs; 0 is missing
//	text          a uvarint length per row, then all bytes
//
// Integers are little-endian. They are read for as long as projects hold such
// files, and not written any more.
const oldMagic = "labbook table 1\n"

// header is the JSON that follows the magic.
type header struct {
	Rows   int     `json:"rows"`
	Fields []Field `json:"fields"`
}

// decodeOld is Decode for the old form.
func decodeOld(data []byte) (*Table, error) {
	d := &decoder{rest: data}
	d.take(len(oldMagic))
	var head header
	if err := json.Unmarshal(d.take(d.length()), &head); err != nil {
		return nil, fmt.Errorf("%w: its header: %v", ErrFormat, err)
	}
	// Every value takes a byte at least, so this bounds what is allocated.
	if head.Rows < 0 || len(head.Fields) > 0 && head.Rows > len(d.rest) {
		return nil, fmt.Errorf("%w: it is too short for %d rows", ErrFormat, head.Rows)
	}
	if err := checkFields(head.Fields); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	t := &Table{rows: head.Rows}
	for _, f := range head.Fields {
		c := &Column{Field: f}
		d.values(c, head.Rows)
		if d.err != nil {
			return nil, fmt.Errorf("%w: column %q: %v", ErrFormat, f.Name, d.err)
		}
		t.Columns = append(t.Columns, c)
	}
	if len(d.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow its end", ErrFormat, len(d.rest))
	}
	return t, nil
}

// decoder takes values from the front of rest. After a failure err is set and
// everything it takes is empty.
type decoder struct {
	rest []byte
	err  error
}

var errShort = errors.New("it ends too early")

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.err = errShort
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

// length takes a uvarint that can be a length within what is left.
func (d *decoder) length() int {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > uint64(len(d.rest)) {
		d.err = errShort
		return 0
	}
	d.rest = d.rest[n:]
	return int(v)
}

func (d *decoder) values(c *Column, rows int) {
	switch c.Type {
	case Category:
		c.Codes = d.codes(rows, len(c.Levels))
	case Text:
		c.Texts = d.texts(rows)
	default:
		c.Num = d.numbers(rows)
	}
}

func (d *decoder) codes(rows, levels int) []int32 {
	width := codeWidth(levels)
	data := d.take(rows * width)
	if d.err != nil {
		return nil
	}
	codes := make([]int32, rows)
	for i := range codes {
		v := intAt(data, i, width)
		if v > uint64(levels) {
			d.err = fmt.Errorf("row %d has the level number %d of %d", i, v, levels)
			return nil
		}
		codes[i] = int32(v) - 1
	}
	return codes
}

func (d *decoder) texts(rows int) []string {
	lengths := make([]int32, rows)
	total := 0
	for i := range lengths {
		n := d.length()
		if n > math.MaxInt32 {
			d.err = errShort
		}
		lengths[i] = int32(n)
		total += n
	}
	all := string(d.take(total))
	if d.err != nil {
		return nil
	}
	texts := make([]string, rows)
	for i, n := range lengths {
		texts[i], all = all[:n], all[n:]
	}
	return texts
}

func codeWidth(levels int) int {
	switch {
	case levels < 1<<8:
		return 1
	case levels < 1<<16:
		return 2
	}
	return 4
}

func intAt(data []byte, i, width int) uint64 {
	switch width {
	case 1:
		return uint64(data[i])
	case 2:
		return uint64(binary.LittleEndian.Uint16(data[2*i:]))
	case 4:
		return uint64(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return binary.LittleEndian.Uint64(data[8*i:])
}

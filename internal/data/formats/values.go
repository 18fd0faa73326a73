package formats

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// exact is the greatest whole number up to which float64 holds every other one.
const exact = 1 << 53

// window takes the values of a column that stand in some rows next to each
// other: those of a row group, or of a record batch. Of num, codes and texts one
// is used, as the shape says.
type window struct {
	*shape
	num   []float64
	codes []int32
	texts []string

	levels []string         // that codes are indices of
	index  map[string]int32 // of levels; nil until it is needed
	lost   lost

	all *window // of the first of those that part cut: the whole
}

// lost are values of which not every digit could be kept.
type lost struct {
	count int
	first string
	row   int // of the first, within the window
}

func (l *lost) add(row int, value func() string) {
	if l.count++; l.count == 1 {
		l.first, l.row = value(), row
	}
}

// newWindow makes room in the window for so many rows.
func newWindow(s *shape, rows int) *window {
	w := &window{shape: s}
	switch s.as {
	case flag, level:
		w.codes = make([]int32, rows)
		w.levels = s.Levels
	case words, uuid, digits, nothing:
		w.texts = make([]string, rows)
	default:
		w.num = make([]float64, rows)
	}
	return w
}

// part gives windows of so many rows each, which lie next to each other in one.
func part(s *shape, rows []int) []*window {
	total := 0
	for _, n := range rows {
		total += n
	}
	all, at := newWindow(s, total), 0
	windows := make([]*window, len(rows))
	for i, n := range rows {
		w := &window{shape: s, levels: all.levels}
		switch {
		case all.num != nil:
			w.num = all.num[at : at+n : at+n]
		case all.codes != nil:
			w.codes = all.codes[at : at+n : at+n]
		default:
			w.texts = all.texts[at : at+n : at+n]
		}
		windows[i], at = w, at+n
	}
	if len(windows) > 0 {
		windows[0].all = all
	}
	return windows
}

// miss sets that a row has no value.
func (w *window) miss(row int) {
	switch {
	case w.codes != nil:
		w.codes[row] = -1
	case w.texts != nil:
		w.texts[row] = ""
	default:
		w.num[row] = math.NaN()
	}
}

// code gives the number of a level.
func (w *window) code(text string) int32 {
	if w.index == nil {
		w.index = make(map[string]int32, len(w.levels))
		for i, l := range w.levels {
			w.index[l] = int32(i)
		}
	}
	code, known := w.index[text]
	if !known {
		code = int32(len(w.levels))
		text = strings.Clone(text)
		w.levels = append(w.levels[:len(w.levels):len(w.levels)], text)
		w.index[text] = code
	}
	return code
}

// setWhole takes a whole number, in two's complement of 64 bits.
func (w *window) setWhole(row int, v int64) {
	switch w.as {
	case digits:
		w.texts[row] = strconv.FormatInt(v, 10)
	case moment:
		w.setMoment(row, v)
	case decimal:
		w.setDecimal(row, big.NewInt(v))
	default:
		f := float64(v)
		w.num[row] = f
		if (v > exact || v < -exact) && (f >= math.MaxInt64 || int64(f) != v) {
			w.lost.add(row, func() string { return strconv.FormatInt(v, 10) })
		}
	}
}

// setUnsigned takes a whole number without a sign.
func (w *window) setUnsigned(row int, v uint64) {
	if v <= math.MaxInt64 {
		w.setWhole(row, int64(v))
		return
	}
	w.setBig(row, new(big.Int).SetUint64(v))
}

// setBig takes a whole number of any length.
func (w *window) setBig(row int, v *big.Int) {
	if v.IsInt64() {
		w.setWhole(row, v.Int64())
		return
	}
	switch w.as {
	case digits:
		w.texts[row] = v.String()
	case decimal:
		w.setDecimal(row, v)
	default:
		f, accuracy := new(big.Float).SetInt(v).Float64()
		w.num[row] = f
		if accuracy != big.Exact {
			w.lost.add(row, v.String)
		}
	}
}

// setMoment takes a whole number of units. Of what is finer than a microsecond
// the nearest is kept: seconds in float64 hold no more.
func (w *window) setMoment(row int, v int64) {
	if w.units == 1e9 && w.Type == table.Date {
		micros := (v + 500) / 1000
		if v < -500 {
			micros = (v - 499) / 1000
		}
		w.num[row] = float64(micros) / 1e6
		if v%1000 != 0 {
			w.lost.add(row, func() string { return w.column(w.num[row : row+1]).String(0) })
		}
		return
	}
	w.num[row] = float64(v) / w.units
}

// column gives numbers as a column of the shape.
func (s *shape) column(num []float64) *table.Column { return &table.Column{Field: s.Field, Num: num} }

// setDecimal takes a number of 10^-scale. The nearest float64 is kept; that digits
// are lost is noted where it is not the one that those digits mean.
func (w *window) setDecimal(row int, v *big.Int) {
	const powers = 22 // 10^22 is the greatest that float64 holds
	if v.IsInt64() && w.scale <= powers {
		if n := v.Int64(); n <= exact && n >= -exact {
			w.num[row] = float64(n) / math.Pow10(w.scale)
			if n > 1e15 || n < -1e15 {
				w.checkDecimal(row, v)
			}
			return
		}
	}
	w.num[row], _ = strconv.ParseFloat(decimalText(v, w.scale), 64)
	w.checkDecimal(row, v)
}

func (w *window) checkDecimal(row int, v *big.Int) {
	text := decimalText(v, w.scale)
	if strconv.FormatFloat(w.num[row], 'f', w.scale, 64) != text {
		w.lost.add(row, func() string { return text })
	}
}

// decimalText writes v times 10^-scale.
func decimalText(v *big.Int, scale int) string {
	text, sign := new(big.Int).Abs(v).String(), ""
	if v.Sign() < 0 {
		sign = "-"
	}
	if scale <= 0 {
		return sign + text
	}
	if n := scale + 1 - len(text); n > 0 {
		text = strings.Repeat("0", n) + text
	}
	return sign + text[:len(text)-scale] + "." + text[len(text)-scale:]
}

// uuidText writes 16 bytes as people do.
func uuidText(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// join puts the windows of a column one after the other. row is that of the first,
// for notices.
func join(s *shape, windows []*window) (*table.Column, *csvfile.Notice) {
	c := &table.Column{Field: s.Field}
	rows, all := 0, lostFirst(windows)
	for _, w := range windows {
		rows += w.rows()
	}
	switch s.as {
	case flag, level:
		joinLevels(c, s, windows, rows)
	case words, uuid, digits, nothing:
		c.Type = table.Text
		c.Texts = gather(windows, rows, func(w *window) *[]string { return &w.texts })
	default:
		c.Num = gather(windows, rows, func(w *window) *[]float64 { return &w.num })
	}
	// Levels that no row has stay where they were declared, or are ordered.
	table.Observe(c, len(s.Levels) > 0)
	return c, notice(s, all)
}

// lostFirst counts what the windows lost, and gives the first with its row among
// all.
func lostFirst(windows []*window) (all lost) {
	rows := 0
	for _, w := range windows {
		if w.lost.count > 0 {
			if all.count == 0 {
				all.first, all.row = w.lost.first, rows+w.lost.row
			}
			all.count += w.lost.count
		}
		rows += w.rows()
	}
	return all
}

// gather puts slices one after the other, and lets go of each; one alone is not
// copied.
func gather[T any](windows []*window, rows int, of func(*window) *[]T) []T {
	if len(windows) == 1 {
		return *of(windows[0])
	}
	if windows[0].all != nil {
		return *of(windows[0].all)
	}
	out := make([]T, 0, rows)
	for _, w := range windows {
		values := of(w)
		out = append(out, *values...)
		*values = nil
	}
	return out
}

// joinLevels gives the column the levels of all windows: in the order of the file
// where they are ordered or declared, else sorted.
func joinLevels(c *table.Column, s *shape, windows []*window, rows int) {
	all := &window{shape: s, levels: s.Levels}
	for _, w := range windows {
		for _, l := range w.levels {
			all.code(l)
		}
	}
	c.Levels = all.levels
	if !s.Ordered && len(s.Levels) == 0 {
		c.Levels = slices.Sorted(slices.Values(all.levels))
	}
	place := make(map[string]int32, len(c.Levels))
	for i, l := range c.Levels {
		place[l] = int32(i)
	}
	for _, w := range windows {
		becomes := make([]int32, len(w.levels)+1)
		becomes[0] = -1
		for i, l := range w.levels {
			becomes[i+1] = place[l]
		}
		for i, code := range w.codes {
			w.codes[i] = becomes[code+1]
		}
	}
	c.Codes = gather(windows, rows, func(w *window) *[]int32 { return &w.codes })
}

// notice says what was lost of a column's values, or is text to lose nothing.
func notice(s *shape, all lost) *csvfile.Notice {
	if s.as == digits {
		all = s.long
	}
	if all.count == 0 {
		return nil
	}
	n := &csvfile.Notice{Column: s.Name, Count: all.count, Line: all.row + 1, Value: all.first}
	switch s.as {
	case digits:
		n.What = fmt.Sprintf("has %s of more digits than numbers keep, and is read as texts", times(all.count, "whole number"))
		n.Hint = "declare type: number if they are amounts of which the last digits may be lost"
	case moment:
		n.What = fmt.Sprintf("has %s finer than a microsecond, rounded to it", times(all.count, "time"))
		n.Hint = "write them in microseconds if that is all the same"
	default:
		n.What = fmt.Sprintf("has %s of more digits than are kept", times(all.count, "number"))
		n.Hint = "if they are names rather than amounts, declare its type: category or text"
	}
	return n
}

func times(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package csvfile

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"unsafe"

	"labbook/internal/data/amount"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// What an inferred column may hold and be a category.
const (
	maxLevels     = 1000
	maxLevelBytes = 100
	fewLevels     = 10 // need not repeat
)

// reading is how the values of a column are taken.
type reading int

const (
	skip     reading = iota
	number           // every value must be one
	date             // every value must be one, in Layout
	category         // any value, or one of the allowed
	text
	tryNumber // inferred: what is not a number is counted
	tryDate   // inferred: what is not a date is counted
	tryLevels // inferred: a category until there are too many levels
)

// column is what is known of a column before its values are read. It is shared
// by the chunks and not changed by them.
type column struct {
	Column
	reading reading
	point   byte
	markers markers
	amount  *amount.Form     // how numbers are written; nil: with digits and a point alone
	closed  bool             // only the values in codes are allowed
	isText  atomic.Bool      // of tryLevels: a chunk has more levels than a category may have
	codes   map[string]int32 // of the allowed values: indices into Levels
}

// prepare sets how the column is read, as far as it is declared.
func (c *column) prepare(missing []string, dropped bool) {
	if c.markers = newMarkers(append(slices.Clone(c.Missing), missing...)); c.Marks != nil {
		c.markers = newMarkers(c.Marks)
	}
	switch {
	case dropped:
		c.reading = skip
	case c.Type == table.Number:
		c.reading = number
		if c.Layout != "" {
			c.amount, _ = amount.New(c.Layout)
		}
	case c.Type == table.Date:
		c.reading = date
		if c.Layout == "" {
			c.reading = tryDate // its layout is found in its values
		}
	case c.Type == table.Text:
		c.reading = text
	case c.Type == table.Category || c.Labels != nil || len(c.Levels) > 0:
		c.Type, c.reading = table.Category, category
		c.close()
	default:
		c.reading = tryNumber
	}
}

// close makes declared levels or labels the only ones.
func (c *column) close() {
	c.closed = len(c.Levels) > 0 || c.Labels != nil
	if !c.closed {
		return
	}
	c.codes = map[string]int32{}
	if c.Labels == nil {
		for i, l := range c.Levels {
			c.codes[l] = int32(i)
		}
		return
	}
	if len(c.Levels) == 0 {
		for _, l := range c.Labels {
			c.Levels = append(c.Levels, l)
		}
		slices.Sort(c.Levels)
		c.Levels = slices.Compact(c.Levels)
	}
	for raw, l := range c.Labels {
		if i := slices.Index(c.Levels, l); i >= 0 {
			c.codes[raw] = int32(i)
		}
	}
}

// markers is a set of short strings that mean "no value".
type markers struct {
	first   [256]bool
	longest int
	all     map[string]bool
	numbers bool // one is written as a number is
}

func newMarkers(values []string) markers {
	m := markers{all: map[string]bool{}}
	for _, v := range values {
		if v = string(trim([]byte(v))); v != "" {
			m.first[v[0]] = true
			m.longest = max(m.longest, len(v))
			m.all[v] = true
			m.numbers = m.numbers || strings.ContainsAny(v, "0123456789")
		}
	}
	return m
}

// has wants its value trimmed.
func (m *markers) has(b []byte) bool {
	return len(b) == 0 || m.first[b[0]] && len(b) <= m.longest && m.all[string(b)]
}

// cells takes the values of one column in one chunk. Of num, codes and texts
// one is used, as the reading says.
type cells struct {
	*column
	num     []float64
	present int  // values that are not missing, where that is counted
	bounded bool // Min or Max is declared
	codes   []int32
	texts   []string

	levels []string         // new ones, in the order seen
	index  map[string]int32 // level to code; -2 is one that is not allowed
	recent *[64]recent      // the last level of each hash, to be asked before index
	arena  []byte           // room for texts

	// Of inferred columns: values that do not fit, and of those the
	// identifiers. first is the first misfit.
	misfits, identifiers int
	first                []byte

	long longs
	deep longs

	plain []byte // room for an amount
}

// longs counts the numbers that no float64 holds, and keeps the first.
type longs struct {
	count int
	first []byte
	value float64 // what became of it
}

func (l *longs) add(b []byte, v float64) {
	if l.count++; l.count == 1 {
		l.first, l.value = bytes.Clone(b[:min(len(b), maxLevelBytes)]), v
	}
}

type recent struct {
	level string
	code  int32
}

// set takes the value of a row; a kind other than fine makes the row bad.
func (c *cells) set(row int, raw []byte) kind {
	b := trim(raw)
	none := c.markers.has(b)
	switch c.reading {
	case number, tryNumber:
		return c.setNumber(row, b, none)
	case date, tryDate:
		return c.setDate(row, b, none)
	case category, tryLevels:
		if !none && c.closed {
			if _, ok := c.column.codes[string(raw)]; !ok {
				raw = b // spaces are forgiven where the levels are known
			}
		}
		return c.setLevel(row, raw, none)
	case text:
		c.setText(row, raw, none)
	}
	return fine
}

func (c *cells) setNumber(row int, b []byte, none bool) kind {
	if none {
		c.num[row] = math.NaN()
		return fine
	}
	v, form := c.parse(b)
	switch form {
	case long:
		c.long.add(b, v)
	case deep:
		c.deep.add(b, v)
	}
	if c.reading == tryNumber {
		c.present++
		if !form.isNumber() {
			c.misfit(b)
			if form == identifier {
				c.identifiers++
			}
			v = math.NaN()
		}
		c.num[row] = v
	} else if form == infinite {
		return notFinite
	} else if form == other {
		return notNumber
	}
	c.num[row] = v
	return c.check(v)
}

// setShort takes a short number of a row.
func (c *cells) setShort(row int, v float64) kind {
	c.present++
	c.num[row] = v
	if !c.bounded {
		return fine
	}
	return c.check(v)
}

// parse gives the number that a value is.
func (c *cells) parse(b []byte) (float64, form) {
	if c.amount == nil {
		return parseNumber(b, c.point)
	}
	var ok bool
	if c.plain, ok = c.amount.Plain(c.plain[:0], b); !ok {
		return 0, other
	}
	return parseNumber(c.plain, '.')
}

func (c *cells) setDate(row int, b []byte, none bool) kind {
	c.num[row] = math.NaN()
	if none {
		return fine
	}
	c.present++
	if c.Layout == "" {
		c.misfit(b)
		return fine
	}
	v, ok := moment.Parse(c.Layout, string(b))
	switch {
	case ok:
		c.num[row] = v
		return c.check(v)
	case c.reading == tryDate:
		c.misfit(b)
		return fine
	}
	return notDate
}

func (c *cells) check(v float64) kind {
	switch {
	case c.Min != nil && v < *c.Min:
		return tooLow
	case c.Max != nil && v > *c.Max:
		return tooHigh
	}
	return fine
}

func (c *cells) misfit(b []byte) {
	if c.misfits == 0 {
		c.first = bytes.Clone(b[:min(len(b), maxLevelBytes)])
	}
	c.misfits++
}

func (c *cells) setLevel(row int, b []byte, none bool) kind {
	if !none {
		c.present++
	}
	switch {
	case c.texts != nil:
		c.setText(row, b, none)
		return fine
	case none:
		c.codes[row] = -1
		return fine
	}
	if c.recent == nil {
		c.recent = new([64]recent)
	}
	hash := (len(b)*7 ^ int(b[0]) ^ int(b[len(b)-1])<<2 ^ int(b[len(b)/2])<<1) % len(c.recent)
	last := &c.recent[hash]
	if last.level != string(b) || last.level == "" {
		code, seen := c.index[string(b)]
		if !seen {
			code = c.newLevel(b)
		}
		if c.reading == tryLevels && (len(c.levels) > maxLevels || len(b) > maxLevelBytes) {
			c.becomeText(row)
			c.setText(row, b, none)
			return fine
		}
		if code == -2 {
			return unknownLevel
		}
		*last = recent{c.levels[code], code}
	}
	c.codes[row] = last.code
	return fine
}

// newLevel gives the code of a level that this chunk has not seen, or -2.
func (c *cells) newLevel(b []byte) int32 {
	if c.index == nil {
		c.index = map[string]int32{}
	}
	level, code := string(b), int32(len(c.levels))
	if c.closed {
		if _, allowed := c.column.codes[level]; !allowed {
			if len(c.index) < maxLevels { // hostile data must not fill memory
				c.index[level] = -2
			}
			return -2
		}
	}
	c.index[level] = code
	c.levels = append(c.levels, level)
	return code
}

// becomeText turns the codes of the rows before this one into texts.
func (c *cells) becomeText(row int) {
	c.isText.Store(true)
	c.texts = make([]string, len(c.codes))
	for i, code := range c.codes[:row] {
		if code >= 0 {
			c.texts[i] = c.levels[code]
		}
	}
	c.codes, c.levels, c.index = nil, nil, nil
}

// setText copies the text into the arena: blocks of which none is moved or
// written again, so that texts stay valid strings.
func (c *cells) setText(row int, b []byte, none bool) {
	if none {
		c.texts[row] = ""
		return
	}
	if len(c.arena)+len(b) > cap(c.arena) {
		c.arena = make([]byte, 0, max(64<<10, len(b)))
	}
	begin := len(c.arena)
	c.arena = append(c.arena, b...)
	c.texts[row] = unsafe.String(&c.arena[begin], len(b))
}

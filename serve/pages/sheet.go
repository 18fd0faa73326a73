package pages

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// sheet is a file with the answers to its rows: the CSV that the API gave, of which a page
// reads the rows that it shows.
type sheet struct {
	Name     string
	Rows     int
	Warnings []string

	id, pipeline string // of the request that it was
	version      string // that was asked for, "" for the champion
	since        time.Time
	text         []byte
	delimiter    rune
	header       []string
	starts       []int // of the rows in text
	columns      []column

	sorting sync.Mutex
	sorted  map[string][]int32 // the rows, by what they were sorted by
}

// column is what a page shows of a sheet: of what is answered, the values that tell
// people most; of the file, all.
type column struct {
	name, title, unit string
	answer, numeric   bool
	at                int
	low, high         int   // ends of the range; -1: none
	shares            []int // probabilities of the classes
	sure              bool  // the probability of the class that is answered
}

// newSheet reads what was answered.
func newSheet(a *FileAnswer, p *Pipeline, name string) (*sheet, error) {
	s := &sheet{Name: name, id: a.Request, pipeline: p.Name, version: p.Asked, text: a.CSV, Warnings: a.Warnings}
	first := "predicted_" + p.Predicts
	s.delimiter = delimiterBefore(a.CSV, first)
	r := s.reader(0)
	r.ReuseRecord = false
	var err error
	if s.header, err = r.Read(); err != nil {
		return nil, fmt.Errorf("the answer of request %s: %w", s.id, err)
	}
	answered := slices.Index(s.header, first)
	for i, title := range s.header { // a file that was answered before has such a column too
		if title == first {
			answered = i
		}
	}
	if answered < 0 {
		return nil, fmt.Errorf("the answer has no column %q", first)
	}
	value := column{name: first, title: p.Predicts, unit: p.Unit, answer: true, at: answered, low: -1, high: -1}
	var set *column
	for i := answered + 1; i < len(s.header); i++ {
		switch title := s.header[i]; {
		case title == "low_"+p.Predicts:
			value.low = i
		case title == "high_"+p.Predicts:
			value.high = i
		case title == "set_"+p.Predicts:
			set = &column{name: title, title: "may be", answer: true, at: i, low: -1, high: -1}
		case strings.HasPrefix(title, "p_"):
			value.shares = append(value.shares, i)
		}
	}
	s.columns = append(s.columns, value)
	if value.shares != nil {
		s.columns = append(s.columns, column{name: "p_" + p.Predicts, title: "how sure", answer: true, numeric: true, at: answered, low: -1, high: -1, shares: value.shares, sure: true})
	}
	if set != nil {
		s.columns = append(s.columns, *set)
	}
	for i, title := range s.header[:answered] {
		c := column{name: title, title: title, at: i, low: -1, high: -1}
		for _, f := range p.Fields {
			if f.Name == title {
				c.unit = f.Unit
			}
		}
		s.columns = append(s.columns, c)
	}
	if err := s.scan(); err != nil {
		return nil, err
	}
	return s, nil
}

// scan finds where rows begin, and which columns hold numbers alone.
func (s *sheet) scan() error {
	texts := make([]bool, len(s.columns))
	r := s.reader(0)
	r.Read()
	for at := r.InputOffset(); ; at = r.InputOffset() {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		s.starts = append(s.starts, int(at))
		for i := range s.columns {
			if c := &s.columns[i]; !texts[i] && !c.sure {
				texts[i] = record[c.at] != "" && !isNumber(record[c.at])
			}
		}
	}
	if s.Rows = len(s.starts); s.Rows == 0 {
		return fmt.Errorf("the answer of request %s has no rows", s.id)
	}
	for i := range s.columns {
		s.columns[i].numeric = !texts[i]
	}
	return nil
}

func isNumber(text string) bool {
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsNaN(v)
}

// delimiterBefore finds what stands before a column of the first line.
func delimiterBefore(text []byte, title string) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	at := bytes.LastIndex(line, []byte(title))
	before := bytes.TrimSuffix(line[:max(at, 0)], []byte{'"'})
	if r, _ := utf8.DecodeLastRune(before); r != utf8.RuneError && r != '"' && r != '\r' {
		return r
	}
	return ','
}

// reader reads records from a place of the text on; what it gives lasts until the next.
func (s *sheet) reader(at int) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(s.text[at:]))
	r.Comma, r.ReuseRecord = s.delimiter, true
	return r
}

// row gives a row, from 0, with a value for each column.
func (s *sheet) row(i int) ([]string, error) { return s.reader(s.starts[i]).Read() }

// mostSorted is how many orders of a sheet are remembered.
const mostSorted = 8

// order gives the rows as they are sorted by a column, "-" before whose name turns that:
// numbers by size, what else there is by letters; nothing comes last. nil is as they came.
func (s *sheet) order(by string) ([]int32, error) {
	name, turned := strings.CutPrefix(by, "-")
	at := slices.IndexFunc(s.columns, func(c column) bool { return c.name == name })
	if by != "" && at < 0 { // of a column whose name begins so
		at, turned = slices.IndexFunc(s.columns, func(c column) bool { return c.name == by }), false
	}
	if at < 0 {
		return nil, nil
	}
	s.sorting.Lock()
	defer s.sorting.Unlock()
	if known := s.sorted[by]; known != nil {
		return known, nil
	}
	order, err := s.sort(&s.columns[at], turned)
	if err != nil {
		return nil, err
	}
	if s.sorted == nil || len(s.sorted) == mostSorted {
		s.sorted = map[string][]int32{}
	}
	s.sorted[by] = order
	return order, nil
}

// sort finds the order of the rows by a column.
func (s *sheet) sort(c *column, turned bool) ([]int32, error) {
	type value struct {
		number float64
		text   string
		row    int32
	}
	values := make([]value, s.Rows)
	r := s.reader(s.starts[0])
	for i := range values {
		record, err := r.Read()
		if err != nil {
			return nil, err
		}
		v := value{row: int32(i)}
		switch text := record[c.at]; {
		case c.sure:
			v.number, v.text = c.share(record), "sure"
		case c.numeric:
			if v.number, err = strconv.ParseFloat(text, 64); err == nil {
				v.text = "a number"
			}
		default:
			v.text = strings.ToLower(text)
		}
		values[i] = v
	}
	slices.SortStableFunc(values, func(a, b value) int {
		if (a.text == "") != (b.text == "") {
			return cmp.Compare(len(b.text), len(a.text))
		}
		way := cmp.Compare(a.number, b.number)
		if !c.numeric {
			way = cmp.Compare(a.text, b.text)
		}
		if turned {
			return -way
		}
		return way
	})
	order := make([]int32, len(values))
	for i, v := range values {
		order[i] = v.row
	}
	return order, nil
}

// share gives the probability of the likeliest class.
func (c *column) share(record []string) float64 {
	most := 0.0
	for _, at := range c.shares {
		if v, err := strconv.ParseFloat(record[at], 64); err == nil {
			most = max(most, v)
		}
	}
	return most
}

// cell gives what a page shows of a row.
func (c *column) cell(record []string) sheetCell {
	cell := sheetCell{Text: cut(record[c.at], maxCut), Num: c.numeric, Answer: c.answer}
	number := func(at int) string {
		v, err := strconv.ParseFloat(record[at], 64)
		if err != nil {
			return ""
		}
		return amount(v, "")
	}
	switch {
	case c.sure:
		cell.Text = percent(c.share(record))
	case c.answer && c.numeric:
		cell.Text = number(c.at)
		if c.low >= 0 && c.high >= 0 && record[c.low] != "" {
			cell.Sub = number(c.low) + " to " + number(c.high)
		}
	case c.answer:
		cell.Text = strings.ReplaceAll(cell.Text, "|", ", ")
		if cell.Text == "" {
			cell.Text = "no answer"
		}
	}
	return cell
}

// RowsText says how many rows the sheet has.
func (s *sheet) RowsText() string { return human.Count(s.Rows, "row") }

// How long sheets are held, and how many bytes of them.
const (
	sheetsLast  = time.Hour
	sheetsBytes = 64 << 20
)

// errNotHeld is answered with a 404 that says what to do.
var errNotHeld = errors.New("these predictions are no longer held")

// sheets are those that are held: in memory alone, for whoever sent a file can send it
// again, and a record of the request stands in the store anyway.
type sheets struct {
	clock func() time.Time
	mu    sync.Mutex
	held  []*sheet // the oldest first
	bytes int
}

// keep holds a sheet, and lets those go that are too old, or for which there is no room.
func (h *sheets) keep(s *sheet) error {
	if len(s.text) > sheetsBytes {
		return diag.New(fmt.Sprintf("its answers are %s, more than a page shows", human.Bytes(int64(len(s.text)))), "split it, or ask the API")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held, h.bytes = append(h.held, s), h.bytes+len(s.text)
	for h.bytes > sheetsBytes || h.clock().Sub(h.held[0].since) > sheetsLast {
		h.bytes -= len(h.held[0].text)
		h.held = h.held[1:]
	}
	return nil
}

// find gives one of a pipeline, nil when it is not held.
func (h *sheets) find(pipeline, id string) *sheet {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.held {
		if s.id == id && s.pipeline == pipeline && h.clock().Sub(s.since) <= sheetsLast {
			return s
		}
	}
	return nil
}

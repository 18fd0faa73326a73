package csvfile

import (
	"bytes"
	"math/bits"
)

// pieceSize is about how long a chunk is. It must not depend on the cores.
const pieceSize = 256 << 10

// piece is a stretch of the body of fixed length, before it is known where
// rows begin in it.
type piece struct {
	start, end int
	quotes     int    // in it
	newlines   [2]int // in it, with an even and an odd number of quotes before
}

// cut divides the body into chunks of whole rows, and gives each the number of
// rows that it can have at most.
//
// A line end is the end of a row just when an even number of quotes stands
// before it. That holds as long as every quote is where RFC 4180 allows it; at
// the first that is not, the chunk it is in still begins rightly and reports
// it, and then the body is read as one chunk.
func (r *reader) cut() ([]*chunk, error) {
	size := max(pieceSize, 64*r.body)
	var pieces []piece
	for at := r.body; at < len(r.data); at += size {
		pieces = append(pieces, piece{start: at, end: min(at+size, len(r.data))})
	}
	err := r.each(len(pieces), func(i int) {
		pieces[i].count(r.data, r.Quote)
		r.forget(pieces[i].start, pieces[i].end)
	})
	if err != nil {
		return nil, err
	}

	var chunks []*chunk
	line, quotes := r.line, 0
	begin, beginLine := r.body, line
	for i, p := range pieces {
		odd := quotes & 1
		line += p.newlines[0] + p.newlines[1]
		quotes += p.quotes
		ch := &chunk{reader: r, start: begin, line: beginLine, most: p.newlines[odd] + 1}
		chunks = append(chunks, ch)
		begin, beginLine = len(r.data), line
		switch {
		case ch.start >= p.end: // a row longer than a piece began before this one
			begin, beginLine = ch.start, ch.line
		case i+1 < len(pieces):
			at, inside := rowEnd(r.data, p.end, quotes, r.Quote)
			begin, beginLine = at, line+inside
		}
		ch.end = begin
	}
	return chunks, nil
}

// rowEnd gives the first offset behind from at which a row begins, and the line
// ends up to there; before from stand that many quotes.
func rowEnd(data []byte, from, quotes int, quote byte) (at, lines int) {
	for i := from; i < len(data); i++ {
		switch data[i] {
		case quote:
			quotes++
		case '\n':
			lines++
			if quotes&1 == 0 {
				return i + 1, lines
			}
		}
	}
	return len(data), lines
}

// whole gives the body as one chunk.
func (r *reader) whole() []*chunk {
	return []*chunk{{reader: r, start: r.body, end: len(r.data), line: r.line,
		most: bytes.Count(r.data[r.body:], newline) + 1, alone: true}}
}

func (p *piece) count(data []byte, quote byte) {
	rest := data[p.start:p.end]
	if bytes.IndexByte(rest, quote) < 0 {
		p.newlines[0] = bytes.Count(rest, newline)
		return
	}
	quotes := like(quote)
	outside, inside, count, before := 0, 0, 0, uint64(0) // before: whether an odd number stands there, of each byte
	for ; len(rest) >= 8; rest = rest[8:] {
		w := wordAt(rest, 0)
		found, ends := allEqual(w, quotes), allEqual(w, newlines)
		if found|ends == 0 {
			continue
		}
		odd := found ^ found<<8
		odd ^= odd << 16
		odd = (odd ^ odd<<32) ^ before
		outside += bits.OnesCount64(ends &^ odd)
		inside += bits.OnesCount64(ends & odd)
		count += bits.OnesCount64(found)
		before = uint64(int64(odd) >> 63)
	}
	p.newlines, p.quotes = [2]int{outside, inside}, count
	for _, b := range rest {
		switch b {
		case quote:
			p.quotes++
		case '\n':
			p.newlines[p.quotes&1]++
		}
	}
}

package report

import (
	"bytes"
	"io"
	"strings"

	"labbook/internal/base/human"
)

// Log is the end of a stage's log, as much as a page shows.
type Log struct {
	Text  string // its last lines
	Lines int    // how many there are
	Cut   int    // how many of them stand before Text
}

// ReadLog reads a log of any length to its end and keeps no more of it than a
// page shows.
func ReadLog(r io.Reader) (Log, error) {
	var newlines int
	var end []byte // of what was read
	chunk := make([]byte, 64<<10)
	whole := true
	for {
		n, err := r.Read(chunk)
		newlines += bytes.Count(chunk[:n], newline)
		end = append(end, chunk[:n]...)
		if over := len(end) - maxLogBytes; over > 0 {
			end = append(end[:0], end[over:]...)
			whole = false
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return Log{}, err
		}
	}
	text := bytes.TrimRight(end, "\n")
	if len(text) == 0 {
		return Log{}, nil
	}
	total := newlines - (len(end) - len(text)) + 1
	lines := strings.Split(human.Text(string(text), 0), "\n")
	if len(lines) == 1 && !whole { // one line beyond all bounds
		return Log{cut(lines[0], maxLogBytes/4), total, total - 1}, nil
	}
	if !whole {
		lines = lines[1:] // the first of them lacks its beginning
	}
	lines = lines[max(0, len(lines)-maxLogLines):]
	return Log{strings.Join(lines, "\n"), total, total - len(lines)}, nil
}

var newline = []byte("\n")

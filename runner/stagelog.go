package runner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"labbook/internal/base/human"
)

// stageLog is a stage's log, with every complete line told as it comes. It is
// kept in memory until it is long, and then in the file spill. Of one that is
// very long the beginning and the end are kept, and a line between them says how
// much was left out; then the end is told when the log is closed. What is
// written after Close is refused.
type stageLog struct {
	spill string
	line  func(string)

	mu     sync.Mutex
	size   int // of what is kept
	kept   []byte
	file   *os.File
	rest   []byte // of the line that is not complete yet
	end    []byte // the last of what was written beyond the beginning
	beyond int    // bytes written beyond the beginning
	closed bool
}

const (
	longestLine = 8 << 10   // bytes of a line that are told at once
	longestLog  = 64 << 10  // bytes that are kept in memory
	longestHead = 1 << 20   // bytes of the beginning that are kept
	longestEnd  = 256 << 10 // bytes of the end that are kept
)

func (l *stageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	head := p[:min(len(p), longestHead-l.size)]
	if err := l.put(head); err != nil {
		return 0, err
	}
	if tail := p[len(head):]; len(tail) > 0 {
		l.beyond += len(tail)
		l.end = append(l.end, tail[max(0, len(tail)-longestEnd):]...)
		if len(l.end) >= 2*longestEnd {
			l.end = append(l.end[:0], l.end[len(l.end)-longestEnd:]...)
		}
	}
	return len(p), nil
}

// put keeps what was written and tells its lines.
func (l *stageLog) put(p []byte) error {
	if err := l.keep(p); err != nil {
		return err
	}
	l.size += len(p)
	l.rest = append(l.rest, p...)
	for {
		most := min(len(l.rest), longestLine)
		end := bytes.IndexByte(l.rest[:most], '\n')
		if end < 0 && most < longestLine {
			return nil
		}
		if end < 0 {
			end = most - 1
		}
		l.line(strings.TrimRight(string(l.rest[:end+1]), "\r\n"))
		l.rest = l.rest[end+1:]
	}
}

func (l *stageLog) keep(p []byte) (err error) {
	if l.file == nil && len(l.kept)+len(p) > longestLog {
		if l.file, err = os.Create(l.spill); err != nil {
			return err
		}
		p = append(l.kept, p...)
		l.kept = nil
	}
	if l.file == nil {
		l.kept = append(l.kept, p...)
		return nil
	}
	_, err = l.file.Write(p)
	return err
}

// Close ends the log; closing it again does nothing.
func (l *stageLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	err := l.put(l.ending())
	if len(l.rest) > 0 {
		l.line(string(l.rest))
	}
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

// ending gives what was written beyond the beginning, or how much of it is left
// out and the rest.
func (l *stageLog) ending() []byte {
	end := l.end[max(0, len(l.end)-longestEnd):]
	if len(end) == l.beyond {
		return end
	}
	if line := bytes.IndexByte(end, '\n'); line >= 0 && line < longestLine {
		end = end[line+1:] // the first of its lines lacks its beginning
	}
	return fmt.Appendf(nil, "\n… %s left out …\n%s", human.Bytes(int64(l.beyond-len(end))), end)
}

// discard closes the log and removes its file.
func (l *stageLog) discard() {
	l.Close()
	if l.file != nil {
		os.Remove(l.spill)
	}
}

package runner

import (
	"bytes"
	"os"
	"strings"
	"sync"
)

// stageLog is a stage's log, with every complete line told as it comes. It is
// kept in memory until it is long, and then in the file spill. What is written
// after Close is refused.
type stageLog struct {
	spill string
	line  func(string)

	mu     sync.Mutex
	kept   []byte
	file   *os.File
	rest   []byte // of the line that is not complete yet
	closed bool
}

const (
	longestLine = 8 << 10  // bytes of a line that are told at once
	longestLog  = 64 << 10 // bytes that are kept in memory
)

func (l *stageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	if err := l.keep(p); err != nil {
		return 0, err
	}
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 && len(l.rest) < longestLine {
			return len(p), nil
		}
		if end < 0 {
			end = len(l.rest) - 1
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
	if len(l.rest) > 0 {
		l.line(string(l.rest))
	}
	if l.file != nil {
		return l.file.Close()
	}
	return nil
}

// discard closes the log and removes its file.
func (l *stageLog) discard() {
	l.Close()
	if l.file != nil {
		os.Remove(l.spill)
	}
}

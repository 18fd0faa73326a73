package runner

import (
	"bytes"
	"os"
	"strings"
	"sync"
)

// stageLog is a stage's log: a file, with every complete line told as it comes.
// What is written after Close is refused.
type stageLog struct {
	path string
	line func(string)

	mu   sync.Mutex
	file *os.File
	size int64
	rest []byte // of the line that is not complete yet
}

// longestLine is how many bytes of a line are told at once.
const longestLine = 8 << 10

func openLog(path string, line func(string)) (*stageLog, error) {
	f, err := os.Create(path)
	return &stageLog{path: path, line: line, file: f}, err
}

func (l *stageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.file.Write(p)
	l.size += int64(n)
	l.rest = append(l.rest, p[:n]...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 && len(l.rest) < longestLine {
			break
		}
		if end < 0 {
			end = len(l.rest) - 1
		}
		l.line(strings.TrimRight(string(l.rest[:end+1]), "\r\n"))
		l.rest = l.rest[end+1:]
	}
	return n, err
}

// Close ends the log; closing it again does nothing.
func (l *stageLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.line(string(l.rest))
		l.rest = nil
	}
	return l.file.Close()
}

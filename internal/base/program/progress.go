package program

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
)

// longestTold is how long a line on file descriptor 3 may be; what is longer is
// read and dropped, so that the program does not wait for ever.
const longestTold = 16 << 10

// listen gives the program file descriptor 3, whose lines go to w.Progress. over is
// to be called once, when the program has ended or could not be started.
func (w *Workspace) listen(cmd *exec.Cmd) (over func(), err error) {
	if w.Progress == nil {
		return func() {}, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{write}
	done := make(chan struct{})
	go func() {
		defer close(done)
		eachLine(read, w.Progress)
	}()
	return func() {
		write.Close()
		// What left the program's group may hold it open.
		read.SetReadDeadline(soon())
		<-done
		read.Close()
	}, nil
}

// eachLine gives the lines of r, until it ends.
func eachLine(r io.Reader, tell func(line []byte)) {
	in := bufio.NewReaderSize(r, longestTold)
	for {
		line, err := in.ReadSlice('\n')
		for err == bufio.ErrBufferFull {
			line = nil
			_, err = in.ReadSlice('\n')
		}
		if n := len(line); n > 0 && (err == nil || errors.Is(err, io.EOF)) {
			tell(trimEnd(line))
		}
		if err != nil {
			return
		}
	}
}

// trimEnd removes the end of a line.
func trimEnd(line []byte) []byte {
	for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r'); n = len(line) {
		line = line[:n-1]
	}
	return line
}

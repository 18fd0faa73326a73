package program

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// Nothing that a program starts may outlive labbook: it would go on writing,
// beside the run that does its work again. Where labbook is killed it cannot see
// to that, so there is a process beside it that can: a shell that reads from a
// pipe which programs are under way, and ends them when the pipe is closed
// without their having ended.
//
// It kills their process groups, and of what left these all that has the
// program's private folder in its environment. The latter it does too for a
// program that labbook has stopped. In the end it removes the folders that it was
// told of as rubbish.
const watch = `
trap '' HUP INT QUIT TERM
live='
'
rubbish=
sweep() {
	tries=0
	while test "$1" && test $tries -lt 50; do
		found=$(grep -lsF -e "=$1" /proc/[0-9]*/environ)
		test "$found" || break
		for process in $found; do
			process=${process#/proc/}
			kill -s KILL "${process%/environ}"
		done
		tries=$((tries + 1))
	done
}
while read -r what id dir; do
	case $what in
	folder) eval "folder$id=\$dir" ;;
	rubbish) rubbish="$rubbish$dir
" ;;
	began) eval "dir=\$folder$dir"
	live="$live$id $dir
" ;;
	ended|stopped) rest=${live#*"
$id "}
	live="${live%%"
$id "*}
${rest#*"
"}"
	test $what = ended || sweep "${rest%%"
"*}" ;;
	esac
done
printf %s "$live" | while read -r id dir; do
	test "$id" || continue
	kill -s KILL -- "-$id"
	sweep "$dir"
done
printf %s "$rubbish" | while read -r dir; do
	rm -rf -- "$dir"
done
`

// watcher is this side of the watch.
type watcher struct {
	mu      sync.Mutex
	pipe    *os.File
	folders map[string]int // their numbers: a number is read sooner than a path
}

// watching gives the watcher, and starts it when it is first asked; nil where
// there is no shell, and so no watch.
var watching = sync.OnceValue(func() *watcher {
	read, write, err := os.Pipe()
	if err != nil {
		return nil
	}
	cmd := exec.Command("sh", "-c", watch)
	cmd.Dir, cmd.Env, cmd.Stdin = "/", []string{"PATH=" + os.Getenv("PATH")}, read
	// What is sent to labbook's group or terminal does not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	read.Close()
	if err != nil {
		write.Close()
		return nil
	}
	go cmd.Wait()
	return &watcher{pipe: write, folders: map[string]int{}}
})

// watched tells the watcher of a program that runs, and gives what tells it
// that the program has ended, or was stopped.
func watched(group int, scratch string) (over func(stopped bool)) {
	w := watching()
	if w == nil {
		return func(bool) {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	number, known := w.folders[scratch]
	if !known && !strings.Contains(scratch, "\n") {
		number = len(w.folders) + 1
		w.folders[scratch] = number
		fmt.Fprintf(w.pipe, "folder %d %s\n", number, scratch)
	}
	fmt.Fprintf(w.pipe, "began %d %d\n", group, number)
	return func(stopped bool) {
		word := "ended"
		if stopped {
			word = "stopped"
		}
		fmt.Fprintf(w.pipe, "%s %d\n", word, group)
	}
}

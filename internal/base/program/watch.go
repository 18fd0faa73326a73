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
// It kills their process groups, and of what left these all that has the private
// folder of a program in its environment, of one that ended well too. The latter it
// does at once for a program that labbook has stopped. A program whose group labbook
// could not tell any more, killed while it started it, is known by the pipe it
// prints to. In the end it removes the folders that it was told of as rubbish.
const watch = `
trap '' HUP INT QUIT TERM
live='
'
starting='
'
folders=
rubbish=
drop() { # the line of a list that begins with a word: the others are left, the rest of it is $gone
	gone=${1#*"
$2 "}
	left="${1%%"
$2 "*}
${gone#*"
"}"
	gone=${gone%%"
"*}
}
printing() { # the processes that have the pipe $1 open for writing
	ls -l /proc/[0-9]*/fd 2>/dev/null |
		awk -v pipe="pipe:[$1]" '/^\/proc/ { split($0, at, "/") } $1 ~ /w/ && $NF == pipe { print at[3] }'
}
within() { # those that have one of the lines $1, "=" and a folder, in their environment
	for process in $(grep -lsF -e "$1" /proc/[0-9]*/environ); do
		process=${process#/proc/}
		printf '%s\n' "${process%/environ}"
	done
}
sweep() { # kills all that one of the above finds, until there are none
	tries=0
	while test "$2" && test $tries -lt 50; do
		found=$($1 "$2")
		test "$found" || break
		for process in $found; do
			kill -s KILL "$process"
		done
		tries=$((tries + 1))
	done
}
while read -r what id dir; do
	case $what in
	folder) eval "folder$id=\$dir"
	folders="${folders:+$folders
}=$dir" ;;
	rubbish) rubbish="$rubbish$dir
" ;;
	starts) eval "dir=\$folder$dir"
	starting="$starting$id $dir
" ;;
	failed) drop "$starting" "$id"
	starting=$left ;;
	began) drop "$starting" "$dir"
	starting=$left
	live="$live$id $gone
" ;;
	ended|stopped) drop "$live" "$id"
	live=$left
	test $what = ended || sweep within "${gone:+=$gone}" ;;
	esac
done
printf %s "$starting" | while read -r pipe dir; do
	test "$pipe" || continue
	sweep printing "$pipe"
done
printf %s "$live" | while read -r id dir; do
	test "$id" || continue
	kill -s KILL -- "-$id"
done
sweep within "$folders"
printf %s "$rubbish" | while read -r dir; do
	rm -rf -- "$dir"
done
`

// watcher is this side of the watch.
type watcher struct {
	mu      sync.Mutex
	tells   *os.File
	folders map[string]int // their numbers: a number is read sooner than a path
}

// watching gives the watcher, and starts it when it is first asked.
var watching = sync.OnceValue(startWatcher)

// startWatcher gives nil where there is no shell, and so no watch.
func startWatcher() *watcher {
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
	return &watcher{tells: write, folders: map[string]int{}}
}

// watched is a program that the watcher is told of; nil where there is none.
type watched struct {
	*watcher
	pipe  uint64 // the inode of the pipe it prints to
	group int
}

// watched tells the watcher, before a program starts, what the program will be
// known by: its private folder and the pipe that it prints to.
func (w *watcher) watched(scratch string, prints *os.File) *watched {
	if w == nil {
		return nil
	}
	var at syscall.Stat_t
	if err := syscall.Fstat(int(prints.Fd()), &at); err != nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	number, known := w.folders[scratch]
	if !known && !strings.Contains(scratch, "\n") {
		number = len(w.folders) + 1
		w.folders[scratch] = number
		fmt.Fprintf(w.tells, "folder %d %s\n", number, scratch)
	}
	fmt.Fprintf(w.tells, "starts %d %d\n", at.Ino, number)
	return &watched{watcher: w, pipe: at.Ino}
}

// began tells which process group the program leads; 0 that it did not start.
func (w *watched) began(group int) {
	switch {
	case w == nil:
	case group == 0:
		fmt.Fprintf(w.tells, "failed %d\n", w.pipe)
	default:
		w.group = group
		fmt.Fprintf(w.tells, "began %d %d\n", group, w.pipe)
	}
}

// ended tells that the program has ended, or was stopped.
func (w *watched) ended(stopped bool) {
	if w == nil {
		return
	}
	word := "ended"
	if stopped {
		word = "stopped"
	}
	fmt.Fprintf(w.tells, "%s %d\n", word, w.group)
}

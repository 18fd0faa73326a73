package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"labbook/internal/base/program"
)

type bench struct {
	folder, self     string // for what is written, and this program
	labbook, project string
	seconds          int
	peers            peers
	databases        int
	servers          []server // in the order of their first turn
	results          map[server][]result
}

// server is what is measured: the question that it is asked, its name, and the
// durability of its records.
type server struct{ question, name, durability string }

func (s server) String() string { return s.question + ": " + s.name + ", " + s.durability }

// result is what one measurement gave.
type result struct {
	rate     float64 // requests a second
	p50, p99 time.Duration
	start    time.Duration // until the first answer
	resident int64         // kilobytes, after the load
}

// measure starts a server, waits for its first answer, and loads it.
func (b *bench) measure(q question, name, durability, url string, command ...string) {
	s := server{q.name, name, durability}
	began := time.Now()
	stop, pid := start(os.Stderr, command)
	defer stop()
	check(firstAnswer(url, q.mime, q.bodies[0]))
	r := result{start: time.Since(began)}
	out, err := exec.Command("wrk", fmt.Sprint("-t", min(2, q.connections)), fmt.Sprint("-c", q.connections), fmt.Sprintf("-d%ds", b.seconds), "--latency", "-s", q.script(b.folder), url).CombinedOutput()
	check(err)
	if strings.Contains(string(out), "Non-2xx") {
		check(fmt.Errorf("%v: not every answer is fine:\n%s", s, out))
	}
	if r.rate, err = strconv.ParseFloat(find(`Requests/sec:\s+([0-9.]+)`, out), 64); err != nil || r.rate == 0 {
		check(fmt.Errorf("%v: wrk measured nothing:\n%s", s, out))
	}
	r.p50, _ = time.ParseDuration(find(`50%\s+([0-9.]+[mu]?s)`, out))
	r.p99, _ = time.ParseDuration(find(`99%\s+([0-9.]+[mu]?s)`, out))
	r.resident = residentOf(pid)
	if b.results[s] == nil {
		b.servers = append(b.servers, s)
	}
	b.results[s] = append(b.results[s], r)
	fmt.Printf("%-44v %8.1f requests/s  p50 %-9v p99 %-9v first answer after %-8v %d MB\n", s, r.rate, r.p50, r.p99, r.start.Round(time.Millisecond), r.resident>>10)
}

// start starts a server, and gives what ends it.
func start(stderr io.Writer, command []string) (stop func(), pid int) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = stderr
	cmd.SysProcAttr = program.WithParent() // none stays when this program is ended
	check(cmd.Start())
	return func() {
		cmd.Process.Signal(syscall.SIGTERM)
		ended := time.AfterFunc(2*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		ended.Stop()
	}, cmd.Process.Pid
}

// firstAnswer asks until a server answers.
func firstAnswer(url, mime, body string) error {
	for range 10_000 {
		w, err := http.Post(url, cmp.Or(mime, "application/json"), strings.NewReader(body))
		if err == nil {
			w.Body.Close()
			if w.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return errors.New("no answer from " + url)
}

func find(pattern string, in []byte) string {
	found := regexp.MustCompile(pattern).FindSubmatch(in)
	if found == nil {
		return ""
	}
	return string(found[1])
}

// residentOf gives the resident memory of a process in kilobytes.
func residentOf(pid int) int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	kb, _ := strconv.ParseInt(find(`VmRSS:\s+([0-9]+)`, data), 10, 64)
	return kb
}

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stone is the script of wrk: one stone.
const stone = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"carat": 0.71, "cut": "Ideal", "color": "G", "clarity": "VS2", "depth": 61.5, "table": 56, "x": 5.75, "y": 5.78, "z": 3.55}'
`

type bench struct {
	seconds, connections int
	script               string
	servers              []server // in the order of their first turn
	results              map[server][]result
}

// result is what one measurement gave.
type result struct {
	rate     float64       // requests a second
	p99      time.Duration // latency
	start    time.Duration // until the first answer
	resident int64         // kilobytes, after the load
}

// measure starts a server, waits for its first answer, and loads it.
func (b *bench) measure(s server, url string, command ...string) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	check(cmd.Start())
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	check(firstAnswer(url))
	r := result{start: time.Since(began)}
	out, err := exec.Command("wrk", "-t2", fmt.Sprint("-c", b.connections), fmt.Sprintf("-d%ds", b.seconds), "--latency", "-s", b.script, url).CombinedOutput()
	check(err)
	if strings.Contains(string(out), "Non-2xx") {
		check(fmt.Errorf("%v: not every answer is fine:\n%s", s, out))
	}
	r.rate, _ = strconv.ParseFloat(find(`Requests/sec:\s+([0-9.]+)`, out), 64)
	r.p99, _ = time.ParseDuration(find(`99%\s+([0-9.]+[mu]?s)`, out))
	r.resident = residentOf(cmd.Process.Pid)
	if b.results[s] == nil {
		b.servers = append(b.servers, s)
	}
	b.results[s] = append(b.results[s], r)
	fmt.Printf("%-26v %8.0f requests/s  p99 %-9v first answer after %-8v %d MB\n", s, r.rate, r.p99, r.start.Round(time.Millisecond), r.resident>>10)
}

// firstAnswer asks until a server answers.
func firstAnswer(url string) error {
	body := strings.Split(stone, "'")[1]
	for range 10_000 {
		w, err := http.Post(url, "application/json", strings.NewReader(body))
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

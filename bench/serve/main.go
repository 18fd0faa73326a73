// Serve measures labbook's server beside its peers, turn by turn on this
// machine, with wrk: a plain Go server that echoes JSON and commits each row
// alone, and, where Debian's FastAPI is installed, the one of fastapi.py with a
// table of answers instead of a model, which flatters it.
//
//	go build -o bin/labbook . && bin/labbook run diamonds
//	go run ./bench/serve -labbook bin/labbook -seconds 5 -rounds 3
//
// Every server records each request durably before it answers. What is printed
// are the medians over the rounds.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	echo := flag.String("echo", "", "only serve the echo, with this durability, at -listen")
	listen := flag.String("listen", "127.0.0.1:8091", "where the echo listens")
	database := flag.String("database", "", "where the echo records")
	labbook := flag.String("labbook", "bin/labbook", "the program to measure")
	project := flag.String("project", ".", "its project")
	pipeline := flag.String("pipeline", "diamonds", "the pipeline that is asked")
	seconds := flag.Int("seconds", 5, "length of each measurement")
	rounds := flag.Int("rounds", 3, "measurements of each server")
	connections := flag.Int("connections", 64, "connections that wrk keeps open")
	flag.Parse()
	if *echo != "" {
		check(serveEcho(*listen, *database, *echo))
		return
	}
	folder, err := os.MkdirTemp("", "bench-serve-")
	check(err)
	defer os.RemoveAll(folder)
	self, err := os.Executable()
	check(err)
	b := &bench{seconds: *seconds, connections: *connections, results: map[string][]result{}}
	b.script = filepath.Join(folder, "stone.lua")
	check(os.WriteFile(b.script, []byte(stone), 0o600))
	for round := range *rounds {
		for _, durability := range []string{"normal", "full"} {
			file := func(name string) string { return filepath.Join(folder, fmt.Sprint(name, durability, round, ".db")) }
			b.measure("labbook, "+durability, "http://127.0.0.1:8092/v1/"+*pipeline+"/predict", *labbook, "-C", *project, "serve",
				"--listen", "127.0.0.1:8092", "--durability", durability, "--database", file("labbook"), "--log-level", "warn")
			b.measure("plain Go echo, "+durability, "http://127.0.0.1:8091/", self, "-echo", durability, "-listen", "127.0.0.1:8091", "-database", file("echo"))
		}
		if exec.Command("/usr/bin/python3", "-c", "import fastapi, uvicorn").Run() == nil {
			b.measure("FastAPI, normal", "http://127.0.0.1:8093/predict", "/usr/bin/python3", "bench/serve/fastapi_server.py", filepath.Join(folder, fmt.Sprint("fastapi", round, ".db")))
		}
	}
	b.print()
}

// stone is the script of wrk: one stone.
const stone = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"carat": 0.71, "cut": "Ideal", "color": "G", "clarity": "VS2", "depth": 61.5, "table": 56, "x": 5.75, "y": 5.78, "z": 3.55}'
`

type bench struct {
	seconds, connections int
	script               string
	names                []string
	results              map[string][]result
}

// result is what one measurement gave.
type result struct {
	rate     float64       // requests a second
	p99      time.Duration // latency
	start    time.Duration // until the first answer
	resident int64         // kilobytes, after the load
}

// measure starts a server, waits for its first answer, and loads it.
func (b *bench) measure(name, url string, command ...string) {
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
		check(fmt.Errorf("%s: not every answer is fine:\n%s", name, out))
	}
	r.rate, _ = strconv.ParseFloat(find(`Requests/sec:\s+([0-9.]+)`, out), 64)
	r.p99, _ = time.ParseDuration(find(`99%\s+([0-9.]+[mu]?s)`, out))
	r.resident = residentOf(cmd.Process.Pid)
	if b.results[name] == nil {
		b.names = append(b.names, name)
	}
	b.results[name] = append(b.results[name], r)
	fmt.Printf("%-24s %8.0f requests/s  p99 %-8v first answer after %-8v %d MB\n", name, r.rate, r.p99, r.start.Round(time.Millisecond), r.resident>>10)
}

func (b *bench) print() {
	fmt.Println("\nmedians")
	for _, name := range b.names {
		all := b.results[name]
		slices.SortFunc(all, func(x, y result) int { return int(x.rate - y.rate) })
		m := all[len(all)/2]
		fmt.Printf("%-24s %8.0f requests/s  p99 %v\n", name, m.rate, m.p99)
	}
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

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

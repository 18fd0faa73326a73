// Serve measures labbook's server beside its peers, turn by turn on this
// machine. Five things are asked:
//
//   - stone: a thousand stones in turn, with wrk. The peers are a plain Go server
//     that echoes JSON and commits each row alone (echo.go); robyn and FastAPI by
//     an expert (robyn_expert.py, fastapi_expert.py: compiled trees, and requests
//     that wait are predicted and committed together); FastAPI tuned by hand
//     (fastapi_tuned.py) and as tutorials write it (fastapi_tutorial.py), with
//     XGBoost and SQLAlchemy. One worker each.
//   - batch: 10,000 stones at a time, as CSV and as a list of JSON, over one connection.
//     The peer is FastAPI by an expert, who reads CSV with Polars.
//   - resume: texts of about 10 KB in turn, with wrk, answered with the reasons
//     and without. The peer is FastAPI with scikit-learn (fastapi_text.py).
//   - beside: a stone at a time, alone, and beside 64 clients that send bodies of
//     9 MB. It has no peer.
//   - crowd: the same, and whether the server says that it is well, beside 2,000
//     connections that say nothing, 64 clients with bodies of 9 MB, 1,000 that send a byte
//     a second, and a training in the same project, all at once. It has no peer.
//
// Every server records each request durably before it answers, with the same
// setting of SQLite's synchronous. What is compared are the medians over the
// rounds.
//
//	go build -o bin/labbook . && bin/labbook run
//	python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r bench/serve/requirements.txt
//	go run ./bench/serve -python /tmp/peers/bin/python -seconds 5 -rounds 3
//
// A peer whose packages are not installed is left out and said. What the peers
// learn is kept in bin/bench-serve: to compile the trees takes minutes.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	echo := flag.String("echo", "", "only serve the echo, with this durability, at -listen")
	listen := flag.String("listen", "127.0.0.1:8091", "where the echo listens")
	database := flag.String("database", "", "where the echo records")
	ask := flag.String("ask", "stone,batch,resume,beside,crowd", "what is asked")
	labbook := flag.String("labbook", "bin/labbook", "the program to measure")
	project := flag.String("project", ".", "its project, with the pipelines diamonds and resumes")
	data := flag.String("data", "data/diamonds.csv", "the stones that are asked, and that the peers learn from")
	python := flag.String("python", "/usr/bin/python3", "a Python with the packages of bench/serve/requirements.txt")
	seconds := flag.Int("seconds", 5, "length of each measurement")
	rounds := flag.Int("rounds", 3, "measurements of each server")
	connections := flag.Int("connections", 64, "connections that wrk keeps open for stones and texts")
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
	b := &bench{folder: folder, self: self, labbook: *labbook, project: *project, seconds: *seconds,
		peers: peers{python: *python, folder: filepath.Join("bin", "bench-serve")}, results: map[server][]result{}}
	check(os.MkdirAll(b.peers.folder, 0o777))
	asked := strings.Split(*ask, ",")
	if slices.Contains(asked, "stone") {
		b.askStones(*data, *connections, *rounds)
	}
	if slices.Contains(asked, "batch") {
		b.askBatches(*data, *rounds)
	}
	if slices.Contains(asked, "resume") {
		b.askResumes(*connections, *rounds)
	}
	b.print()
	if slices.Contains(asked, "beside") {
		b.askBeside(*data, *rounds)
	}
	if slices.Contains(asked, "crowd") {
		b.askCrowd(*data, *rounds)
	}
}

// The settings of synchronous.
const (
	normal = "normal"
	full   = "full"
)

// askStones measures stones.
func (b *bench) askStones(data string, connections, rounds int) {
	q := question{name: "stone", bodies: stones(data, 1000), connections: connections}
	variants := b.peers.stones(data)
	for range rounds {
		for _, durability := range []string{normal, full} {
			b.measure(q, labbook, durability, labbookURL("diamonds"), b.serve(durability)...)
			b.measure(q, "plain Go echo", durability, "http://127.0.0.1:8091/",
				b.self, "-echo", durability, "-listen", "127.0.0.1:8091", "-database", b.database())
			for _, v := range variants {
				b.measure(q, v.name, durability, peerURL, b.peers.command(v, b.database(), durability)...)
			}
		}
	}
}

// batch is how many stones are asked at once.
const batch = 10_000

// askBatches measures many stones at once.
func (b *bench) askBatches(data string, rounds int) {
	questions := []question{{name: "10,000 stones, JSON", bodies: []string{"[" + strings.Join(stones(data, batch), ",") + "]"}, connections: 1},
		{name: "10,000 stones, CSV", mime: "text/csv", bodies: []string{stonesCSV(data, batch)}, connections: 1}}
	v, found := b.peers.batches(data)
	for range rounds {
		for _, q := range questions {
			b.measure(q, labbook, full, labbookURL("diamonds"), b.serve(full)...)
			if found {
				b.measure(q, v.name, full, strings.Replace(peerURL, "/predict", "/batch", 1), b.peers.command(v, b.database(), full)...)
			}
		}
	}
}

// askResumes measures texts, as labbook answers by default, with the reasons,
// and without.
func (b *bench) askResumes(connections, rounds int) {
	bodies, model := resumes(b.peers.folder)
	variants := b.peers.resumes(model)
	for range rounds {
		for _, explain := range []string{"true", "false"} {
			q := question{name: "resume", bodies: bodies, connections: connections}
			if explain == "true" {
				q.name += " with reasons"
			}
			query := "?explain=" + explain
			b.measure(q, labbook, full, labbookURL("resumes")+query, b.serve(full)...)
			for _, v := range variants {
				b.measure(q, v.name, full, peerURL+query, b.peers.command(v, b.database(), full)...)
			}
		}
	}
}

const (
	labbook       = "labbook"
	serverAddress = "127.0.0.1:8092" // of labbook
)

func labbookURL(pipeline string) string {
	return "http://" + serverAddress + "/v1/" + pipeline + "/predict"
}

// serve is the command that starts labbook.
func (b *bench) serve(durability string) []string {
	return []string{b.labbook, "-C", b.project, "serve", "--listen", serverAddress, "--durability", durability,
		"--database", b.database(), "--log-level", "warn", "--quiet"}
}

// database names a new one.
func (b *bench) database() string {
	b.databases++
	return filepath.Join(b.folder, fmt.Sprint(b.databases, ".db"))
}

// print gives the medians, and how labbook stands to each peer.
func (b *bench) print() {
	fmt.Println("\nmedians; labbook's divided by the peer's")
	for _, s := range b.servers {
		own, m := b.median(server{s.question, labbook, s.durability}), b.median(s)
		fmt.Printf("%-44v %8.1f requests/s  p50 %-9v p99 %-9v", s, m.rate, m.p50, m.p99)
		if m != own {
			fmt.Printf(" %5.2f times the requests/s, %.2f times the p99", own.rate/m.rate, float64(own.p99)/float64(m.p99))
		}
		fmt.Println()
	}
}

// median takes each figure's median over the rounds.
func (b *bench) median(s server) (m result) {
	all := b.results[s]
	m.rate = middle(all, func(r result) float64 { return r.rate })
	m.p50 = middle(all, func(r result) time.Duration { return r.p50 })
	m.p99 = middle(all, func(r result) time.Duration { return r.p99 })
	return m
}

func middle[T cmp.Ordered](all []result, of func(result) T) T {
	var values []T
	for _, r := range all {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

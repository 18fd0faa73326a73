// Serve measures labbook's server beside its peers, turn by turn on this
// machine, with wrk: a plain Go server that echoes JSON and commits each row
// alone (echo.go), and FastAPI with XGBoost and SQLAlchemy, tuned by hand
// (fastapi_tuned.py) and as tutorials write it (fastapi_tutorial.py), one worker
// each.
//
//	go build -o bin/labbook . && bin/labbook run
//	go run ./bench/serve -seconds 5 -rounds 3
//
// Every server records each request durably before it answers, with the same
// setting of SQLite's synchronous. What is compared are the medians over the
// rounds. A peer whose packages are not installed is left out and said.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	echo := flag.String("echo", "", "only serve the echo, with this durability, at -listen")
	listen := flag.String("listen", "127.0.0.1:8091", "where the echo listens")
	database := flag.String("database", "", "where the echo records")
	labbook := flag.String("labbook", "bin/labbook", "the program to measure")
	project := flag.String("project", ".", "its project")
	pipeline := flag.String("pipeline", "diamonds", "the pipeline that is asked")
	data := flag.String("data", "data/diamonds.csv", "what FastAPI's model learns from")
	python := flag.String("python", "/usr/bin/python3", "a Python with fastapi, uvicorn, xgboost and sqlalchemy")
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
	b := &bench{seconds: *seconds, connections: *connections, script: filepath.Join(folder, "stone.lua"), results: map[server][]result{}}
	check(os.WriteFile(b.script, []byte(stone), 0o600))
	peers := fastAPI{python: *python, model: filepath.Join(folder, "model.json")}
	peers.prepare(*data)
	for round := range *rounds {
		for _, durability := range []string{normal, full} {
			file := func(name string) string { return filepath.Join(folder, fmt.Sprint(name, durability, round, ".db")) }
			b.measure(server{"labbook", durability}, "http://127.0.0.1:8092/v1/"+*pipeline+"/predict", *labbook, "-C", *project, "serve",
				"--listen", "127.0.0.1:8092", "--durability", durability, "--database", file("labbook"), "--log-level", "warn", "--quiet")
			b.measure(server{"plain Go echo", durability}, "http://127.0.0.1:8091/", self, "-echo", durability, "-listen", "127.0.0.1:8091", "-database", file("echo"))
			for _, variant := range peers.variants {
				b.measure(server{"FastAPI, " + variant, durability}, "http://127.0.0.1:8093/predict", peers.command(variant, file(variant), durability)...)
			}
		}
	}
	b.print()
}

// The settings of synchronous.
const (
	normal = "normal"
	full   = "full"
)

// server is what is measured, with the durability of its records.
type server struct{ name, durability string }

func (s server) String() string { return s.name + ", " + s.durability }

// fastAPI starts the peers in Python.
type fastAPI struct {
	python, model string
	variants      []string // of fastapi_*.py that can be started
}

// prepare trains the model, once for all, or says what is missing.
func (p *fastAPI) prepare(data string) {
	const packages = "fastapi, uvicorn, xgboost, sqlalchemy"
	if out, err := exec.Command(p.python, "-c", "import "+packages).CombinedOutput(); err != nil {
		fmt.Printf("FastAPI is left out: %s cannot import %s\n%s\n", p.python, packages, out)
		return
	}
	for _, more := range []string{"uvloop", "httptools"} {
		if exec.Command(p.python, "-c", "import "+more).Run() != nil {
			fmt.Printf("FastAPI runs without %s, which is not installed\n", more)
		}
	}
	train := exec.Command(p.python, "bench/serve/xgboost_model.py", data, p.model)
	train.Stderr = os.Stderr
	check(train.Run())
	p.variants = []string{"tuned", "tutorial"}
}

func (p *fastAPI) command(variant, database, durability string) []string {
	return []string{p.python, "bench/serve/fastapi_" + variant + ".py", "8093", database, durability, p.model}
}

// print gives the medians, and how labbook stands to each peer.
func (b *bench) print() {
	fmt.Println("\nmedians; labbook's divided by the peer's")
	for _, s := range b.servers {
		own, m := b.median(server{"labbook", s.durability}), b.median(s)
		fmt.Printf("%-26v %8.0f requests/s  p99 %-9v", s, m.rate, m.p99)
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

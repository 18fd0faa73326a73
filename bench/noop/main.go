// Noop measures what a run costs in which nothing has to be done, and the first
// run of trivial commands, beside the build tools people know.
//
//	go run ./bench/noop -labbook bin/labbook -stages 10,1000,10000
//
// The graph is the same for all: layers of ten commands, each reading two
// outputs of the layer before and writing one file. Tools that are not
// installed are left out. The times are medians of whole processes, taken in
// turns so that a busy machine is busy for all; read the ratios. Where others use
// the machine the time of processors tells more.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	labbook := flag.String("labbook", "bin/labbook", "the program to measure")
	stages := flag.String("stages", "10,100,1000,10000", "numbers of stages")
	rounds := flag.Int("rounds", 11, "rounds per size")
	jobs := flag.Int("jobs", 2, "commands at a time")
	cold := flag.Bool("cold", false, "measure the first run instead")
	only := flag.String("tools", "labbook,ninja,make,snakemake", "tools to measure")
	flag.Parse()
	program, err := filepath.Abs(*labbook)
	if err != nil {
		log.Fatal(err)
	}
	var tools []tool
	for _, t := range all(program, *jobs) {
		if slices.Contains(strings.Split(*only, ","), t.name) {
			tools = append(tools, t)
		}
	}
	for _, size := range strings.Split(*stages, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			log.Fatal(err)
		}
		if err := compare(tools, n, *rounds, *cold); err != nil {
			log.Fatal(err)
		}
	}
}

// compare measures the tools on a graph of n stages and prints the medians.
func compare(tools []tool, n, rounds int, cold bool) error {
	type entrant struct {
		tool
		dir  string
		took []time.Duration
		used []time.Duration // of processors, by it and what it ran
	}
	var entrants []*entrant
	for _, t := range tools {
		if _, err := exec.LookPath(t.argv[0]); err != nil || n > t.most {
			continue
		}
		dir, err := os.MkdirTemp("", "noop-"+t.name)
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := t.prepare(dir, n); err != nil {
			return err
		}
		entrants = append(entrants, &entrant{tool: t, dir: dir})
	}
	if cold {
		rounds = min(rounds, 3)
	}
	for round := range rounds + 1 {
		for _, e := range entrants {
			cmd := exec.Command(e.argv[0], e.argv[1:]...)
			cmd.Dir = e.dir
			if cold { // ext4 passes over what was deleted a moment ago, so nothing is
				cmd.Dir = filepath.Join(e.dir, strconv.Itoa(round))
				if err := e.prepare(cmd.Dir, n); err != nil {
					return err
				}
			}
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", e.name, err, out)
			}
			if round > 0 || cold { // the first run of the others does the work
				e.took = append(e.took, time.Since(began))
				e.used = append(e.used, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
		}
	}
	what := "no-op"
	if cold {
		what = "cold"
	}
	fmt.Printf("%s run of %d stages\n", what, n)
	for i, e := range entrants {
		line := fmt.Sprintf("  %-10s %9.1f ms, %9.1f ms of processors", e.name, 1000*median(e.took).Seconds(), 1000*median(e.used).Seconds())
		if i > 0 {
			line += fmt.Sprintf("   %s is %.2f and %.2f times that", entrants[0].name,
				median(entrants[0].took).Seconds()/median(e.took).Seconds(), median(entrants[0].used).Seconds()/median(e.used).Seconds())
		}
		fmt.Println(line)
	}
	return nil
}

func median(of []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

// Command csv reads a CSV file into typed columns several times, and prints the
// seconds of each as JSON. compare.py runs it beside the peers.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"labbook/internal/data/csvfile"
)

func main() {
	cores := flag.Int("cores", 1, "goroutines that read")
	times := flag.Int("times", 7, "how often")
	flag.Parse()
	var took []float64
	for range *times {
		began := time.Now()
		if _, err := csvfile.Read(flag.Arg(0), csvfile.Options{Cores: *cores}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		took = append(took, time.Since(began).Seconds())
	}
	json.NewEncoder(os.Stdout).Encode(took)
}

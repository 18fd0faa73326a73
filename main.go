// Labbook runs machine-learning pipelines declared in YAML, and writes each run
// down as a notebook.
package main

import (
	"os"

	"labbook/internal/app/cli"
)

func main() { os.Exit(cli.Main()) }
